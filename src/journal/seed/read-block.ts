// Converts one part of a seeded message to a block that the API accepts. Histories come from other providers and libraries, whose
// parts have other names and shapes.
import { type Block, isThinking, type Message } from '../content.ts'
import { mediaLine } from '../request/lines.ts'
import { jsonText, sendableAssistantBlock, sendableInput, sendableResult } from '../request/sendable-blocks.ts'
import { type Fields, firstText, type Report } from './repair.ts'
import { isRecord } from '../../objects.ts'

type Role = Exclude<Message['role'], 'system'>

const textBlock = (text: string): Block => ({ type: 'text', text })

/** Types of blocks by the role that may send them: the assistant, the user, or both (the SDK's parameter types). */
const ofAssistant: ReadonlySet<string> = new Set([
  'advisor_tool_result',
  'bash_code_execution_tool_result',
  'code_execution_tool_result',
  'compaction',
  'connector_text',
  'fallback',
  'mcp_tool_listing',
  'mcp_tool_result',
  'mcp_tool_use',
  'redacted_thinking',
  'server_tool_use',
  'text_editor_code_execution_tool_result',
  'thinking',
  'tool_search_tool_result',
  'tool_use',
  'web_fetch_tool_result',
  'web_search_tool_result',
])
const ofUser: ReadonlySet<string> = new Set(['document', 'image', 'search_result', 'tool_result'])
const ofBoth: ReadonlySet<string> = new Set(['container_upload', 'text'])

/** The fields that the API accepts, for types of blocks for which it rejects any other. */
const takenFields: Readonly<Record<string, readonly string[]>> = {
  text: ['type', 'text', 'cache_control', 'citations'],
  tool_use: ['type', 'id', 'name', 'input', 'cache_control', 'caller', 'toolset_name'],
  tool_result: ['type', 'tool_use_id', 'content', 'is_error', 'cache_control', 'toolset_name'],
}

/** Converters for parts of other providers and libraries, by type. */
const foreign: Readonly<Record<string, (part: Fields) => Block>> = {
  input_text: ({ text }) => textBlock(firstText(text)),
  output_text: ({ text }) => textBlock(firstText(text)),
  image_url: imageOf,
  input_image: imageOf,
  function_call: callOf,
  'tool-call': callOf,
  function: callOf,
  function_call_output: resultOf,
  'tool-result': resultOf,
}

function imageOf({ type, image_url: given }: Fields): Block {
  const url = firstText(given, isRecord(given) ? given['url'] : undefined)
  const [, mediaType, data] = /^data:([^;,]+);base64,(.+)$/s.exec(url) ?? []
  if (mediaType !== undefined && data !== undefined)
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data } }
  return /^https?:\/\//.test(url) ? { type: 'image', source: { type: 'url', url } } : mediaLine({ type: String(type) })
}

/** A call in another format: `{ id, function: { name, arguments } }`, `{ toolCallId, toolName, input }` … */
export function callOf(call: Fields): Block {
  const of = isRecord(call['function']) ? call['function'] : call
  return {
    type: 'tool_use',
    id: firstText(call['call_id'], call['toolCallId'], call['id']),
    name: firstText(of['name'], call['toolName']),
    input: of['arguments'] ?? of['input'] ?? of['args'],
  }
}

/** A tool result in another format: `{ tool_call_id, content }`, `{ toolCallId, output }` … */
export function resultOf(result: Fields): Block {
  const { output, result: given, content = output ?? given } = result
  return {
    type: 'tool_result',
    tool_use_id: firstText(result['tool_call_id'], result['call_id'], result['toolCallId']),
    ...(content === undefined ? {} : { content }),
    ...(result['isError'] === true ? { is_error: true } : {}),
  }
}

/** Converts a part of a message to blocks. Empty if nothing of it can be sent. */
export function readPart(part: unknown, role: Role, report: Report): readonly Block[] {
  if (typeof part === 'string') {
    report('a bare text in it was made a text block')
    return [textBlock(part)]
  }
  if (!isRecord(part)) {
    report('a part of it that is no content block was left out')
    return []
  }
  const { type, text } = part
  if (typeof type !== 'string') {
    report(
      typeof text === 'string' ? 'a text in it was made a text block' : 'a content block without a type was left out',
    )
    return typeof text === 'string' ? [textBlock(text)] : []
  }
  const translate = Object.hasOwn(foreign, type) ? foreign[type] : undefined
  if (translate) report(`a part of type "${type}" was converted to the API's format`)
  return sendable(translate ? translate(part) : { ...part, type }, role, report)
}

function sendable(block: Block, role: Role, report: Report): readonly Block[] {
  const { type } = block
  // Thinking of unknown origin is left out of requests later.
  if (isThinking(block) && role === 'assistant') return [block]
  if (!ofAssistant.has(type) && !ofUser.has(type) && !ofBoth.has(type)) {
    report(`a content block of type "${type}", which the API does not know, was left out`)
    return []
  }
  if (role === 'user' ? ofAssistant.has(type) : ofUser.has(type)) {
    report(`a content block of type "${type}" is not allowed in a message of the ${role} and was left out`)
    return []
  }
  const known = withTakenFields(block, role, report)
  if (type === 'text') return typeof known['text'] === 'string' ? [known] : [textBlock(jsonText(known['text'] ?? ''))]
  const sound =
    type === 'tool_result' ? sendableResult(known) : role === 'assistant' ? sendableAssistantBlock(known) : known
  reportChanges(known, sound, report)
  return role === 'user' && type !== 'tool_result' ? blocksOf(sendableInput([sound])) : [sound]
}

const blocksOf = (content: ReturnType<typeof sendableInput>): readonly Block[] =>
  typeof content === 'string' ? [] : content

function withTakenFields(block: Block, role: Role, report: Report): Block {
  const taken = Object.hasOwn(takenFields, block.type) ? takenFields[block.type] : undefined
  // Since version 2026-10-21 only the assistant's texts may have citations.
  const isTaken = (name: string): boolean =>
    (taken?.includes(name) ?? true) &&
    !(name === 'cache_control' && !isRecord(block[name])) &&
    !(name === 'citations' && (role === 'user' || !Array.isArray(block[name])))
  const strange = Object.keys(block).filter((name) => !isTaken(name))
  if (strange.length === 0) return block
  // A null field is left out without a report, because nothing is lost.
  const missed = strange.filter((name) => block[name] !== null && block[name] !== undefined)
  if (missed.length > 0)
    report(`fields of a ${block.type} block that the API does not accept were left out: ${missed.join(', ')}`)
  return { type: block.type, ...Object.fromEntries(Object.entries(block).filter(([name]) => isTaken(name))) }
}

const changes: Readonly<Record<string, (was: unknown, is: unknown) => string>> = {
  id: (was, is) => `the id ${shown(was)} of a call can't be sent and was replaced by ${shown(is)}`,
  tool_use_id: (was, is) => `the id ${shown(was)} of a call can't be sent and was replaced by ${shown(is)}`,
  name: (was, is) => `the name ${shown(was)} of a tool can't be sent and was replaced by ${shown(is)}`,
  input: () => 'the input of a call was no object, and was made one',
  content: () => 'the result of a call was made into what can be sent',
}

const shown = (value: unknown): string => (typeof value === 'string' ? `"${value.slice(0, 80)}"` : 'that was missing')

function reportChanges(before: Block, after: Block, report: Report): void {
  for (const [name, tell] of Object.entries(changes))
    if (before[name] !== after[name]) report(tell(before[name], after[name]))
}
