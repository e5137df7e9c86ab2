// Converts stored blocks to a form that the API accepts. Facts hold blocks as models, tools and users gave them. A block that is
// already valid is returned unchanged.
import { type Block, type Content, hasText, isThinking, textOf } from '../content.ts'
import { toolInputOf } from '../tool-input.ts'
import { wellFormed } from '../well-formed.ts'
import { withoutBreakpoint } from './cache-breakpoints.ts'
import { mediaLine } from './lines.ts'
import { innerList, isBlock, withInner } from './nested-blocks.ts'
import { sendableIdFor, sendableName, sendableServerId } from './sendable-names.ts'
import { callerId, isServerToolUse, withCaller } from './server-tools.ts'
import { isRecord } from '../../objects.ts'

const isBlank = (block: Block): boolean => block.type === 'text' && !hasText([block])

/** Any value as JSON; a note in its place if JSON can't hold it. */
export function jsonText(value: unknown): string {
  try {
    return wellFormed(JSON.stringify(value)) ?? 'null'
  } catch {
    return '[Something stood here that JSON can not hold.]'
  }
}

/** The block with these fields; the same object if it has them already. */
function withFields(block: Block, fields: Readonly<Record<string, unknown>>): Block {
  return Object.entries(fields).every(([name, value]) => Object.hasOwn(block, name) && block[name] === value)
    ? block
    : { ...block, ...fields }
}

/**
 * The input of a call as an object. Other servers write it as a text, or leave it out. Any other value is put under the name that
 * the API's documentation gives for unreadable input.
 */
function sendableToolInput(input: unknown): object {
  if (isRecord(input)) return input
  if (input === undefined || input === null || input === '') return {}
  if (typeof input !== 'string') return { INVALID_JSON: jsonText(input) }
  return wellFormed(toolInputOf(input, { exact: false }))
}

/** A call of a client tool, a server tool or an MCP tool. */
function sendableCall(block: Block): Block {
  const input = sendableToolInput(block['input'])
  const id = sendableIdFor(block)(block['id'])
  // The names of server tools and MCP tools are always valid.
  return withFields(block, isServerToolUse(block) ? { id, input } : { id, input, name: sendableName(block['name']) })
}

function withSendableCaller(block: Block): Block {
  const id = callerId(block)
  return id === undefined || sendableServerId(id) === id ? block : withCaller(block, sendableServerId(id))
}

/** A block of a reply in a form that may be sent back. Thinking is never changed. */
export function sendableAssistantBlock(block: Block): Block {
  if (isThinking(block)) return withoutBreakpoint(block)
  const sound = withSendableCaller(wellFormed(block))
  if (block.type === 'tool_use' || isServerToolUse(block)) return sendableCall(sound)
  if (typeof block['tool_use_id'] !== 'string') return sound
  return withFields(sound, { tool_use_id: sendableIdFor(block)(sound['tool_use_id']) })
}

/** Types of blocks that a tool result may hold (the SDK's parameter types). */
const resultTypes: ReadonlySet<string> = new Set([
  'browser_state',
  'document',
  'image',
  'search_result',
  'text',
  'tool_reference',
])

const textBlock = (text: string): Block => ({ type: 'text', text })

/** An item of a tool result's list: a block that the API accepts there, or a text in its place. */
function partOfResult(part: unknown, isError: boolean): Block {
  if (typeof part === 'string') return textBlock(part)
  if (!isBlock(part)) return textBlock(jsonText(part))
  if (part.type === 'text') return typeof part['text'] === 'string' ? part : textBlock(jsonText(part))
  // The API accepts only text in a result that is an error (reported: "all content must be type 'text'").
  if (isError || !resultTypes.has(part.type)) return mediaLine(part)
  return withoutBlanks(part) ?? mediaLine(part)
}

/** The block without blank texts nested in it; an empty list if nothing is left of it. */
function withoutBlanks(block: Block): Block | undefined {
  const list = innerList(block)
  if (!list) return block
  const said = list.filter(isBlock).filter((inner) => !isBlank(inner))
  if (said.length === list.length) return block
  return said.length > 0 ? withInner(block, said) : undefined
}

/** The content of a tool result: a text, or blocks. It may be empty unless the result is an error. */
function saidBy(content: unknown, isError: boolean): unknown {
  const said = Array.isArray(content) ? listOf(content, isError) : textFor(content)
  return isError && (said === undefined || said === '') ? 'The tool failed without saying why.' : said
}

function textFor(content: unknown): string | undefined {
  if (content === undefined || content === null) return undefined
  return typeof content === 'string' ? content : jsonText(content)
}

function listOf(content: readonly unknown[], isError: boolean): readonly unknown[] | undefined {
  const said = content.map((part) => partOfResult(part, isError)).filter((part) => !isBlank(part))
  if (said.length === 0) return undefined
  return said.length === content.length && said.every((part, index) => part === content[index]) ? content : said
}

/** The result of a client tool, with the id under which its call is sent. */
export function sendableResult(given: Block): Block {
  const sound = wellFormed(given)
  const { is_error: flag } = sound
  const isError = flag === true || flag === 'true'
  const named = withFields(sound, {
    tool_use_id: sendableIdFor(sound)(sound['tool_use_id']),
    ...(typeof flag === 'string' ? { is_error: isError } : {}),
  })
  const said = saidBy(sound['content'], isError)
  if (said === sound['content']) return named
  const { content: _, ...bare } = named
  return said === undefined ? bare : { ...bare, content: said }
}

/** A user's input without blank texts. Empty if there was nothing else. */
export function sendableInput(input: Content): Content {
  if (typeof input === 'string') return input.trim() === '' ? [] : wellFormed(input)
  const said = input.flatMap((block): readonly Block[] => {
    if (isBlank(block)) return []
    const sound = wellFormed(block)
    return [withoutBlanks(sound) ?? mediaLine(sound)]
  })
  return said.length === input.length && said.every((block, index) => block === input[index]) ? input : said
}

/** The text block without trailing white space. */
export const trimmedEnd = (block: Block): Block => withFields(block, { text: textOf(block).trimEnd() })
