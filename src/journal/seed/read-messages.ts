// The messages of a seeded history in the API's words: roles, contents and calls of other providers are read as what they mean.
import { type Block, type Content, type Message, toBlocks, toolCallId } from '../content.ts'
import { isNestedDeeper } from '../nesting.ts'
import { wellFormed } from '../well-formed.ts'
import { callOf, readPart, resultOf } from './read-block.ts'
import { type Fields, firstText, isFields, type Repair, type Report } from './repair.ts'

/** A message as the API takes it, and where it stood. */
export interface SeedMessage extends Message {
  readonly index: number
}

const roles: Readonly<Record<string, Message['role']>> = {
  user: 'user',
  human: 'user',
  system: 'user',
  developer: 'user',
  tool: 'user',
  function: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
}

/** Items that stand among messages without being one. */
const itemRoles: Readonly<Record<string, Message['role']>> = {
  function_call: 'assistant',
  function_call_output: 'user',
}

export function readMessages(messages: readonly unknown[], repairs: Repair[]): readonly SeedMessage[] {
  const read: (SeedMessage & { readonly isSystem: boolean })[] = []
  // Calls of old have no id: their results name the tool.
  const calledAs = new Map<string, string>()
  messages.forEach((given, index) => {
    const report: Report = (what) => void repairs.push({ message: index, what })
    const message = copyOf(given, report)
    if (message === null) return
    const named = firstText(message['role'])
    const item = Object.hasOwn(itemRoles, String(message['type'])) ? itemRoles[String(message['type'])] : undefined
    const role = item ?? (Object.hasOwn(roles, named) ? roles[named] : undefined)
    if (role === undefined)
      return report(`its role ${named === '' ? 'is missing' : `"${named}" is not known`}, and it was left out`)
    if (item === undefined && named !== role) report(`its role "${named}" became "${role}"`)
    const answers = resultNamed(message, calledAs)
    const content =
      item !== undefined
        ? readPart(message, role, report)
        : answers
          ? readPart(answers, role, report)
          : contentOf(message, role, index, report)
    const legacy = isFields(message['function_call']) ? firstText(message['function_call']['name']) : ''
    if (legacy !== '') calledAs.set(legacy, legacyId(index))
    read.push({ index, role, content, isSystem: named === 'system' || named === 'developer' })
  })
  return behindResults(read)
}

/** The result that a message as a whole is: of a call with an id, or of old with the name of its tool. */
function resultNamed(message: Fields, calledAs: ReadonlyMap<string, string>): Block | null {
  if (message['role'] === 'tool' && typeof message['tool_call_id'] === 'string') return resultOf(message)
  if (message['role'] !== 'function') return null
  return resultOf({ ...message, call_id: calledAs.get(firstText(message['name'])) })
}

/** A copy through JSON, which is what the journal keeps and the API reads; `null` where there can be none. */
function copyOf(message: unknown, report: Report): Fields | null {
  try {
    const copy: unknown = JSON.parse(JSON.stringify(message) ?? 'null')
    if (!isFields(copy)) return (report('it is no message and was left out'), null)
    if (isNestedDeeper(copy)) return (report('it is nested too deeply and was left out'), null)
    const sound = wellFormed(copy)
    if (sound !== copy) report('halves of surrogate pairs in it became U+FFFD')
    return sound
  } catch {
    report('JSON can not hold it, and it was left out')
    return null
  }
}

function contentOf(message: Fields, role: Message['role'], index: number, report: Report): Content {
  const { content = message['parts'], tool_calls: calls, function_call: legacy } = message
  const parts = Array.isArray(content) ? content : isFields(content) ? [content] : null
  const said =
    parts?.flatMap((part: unknown) => readPart(part, role, report)) ??
    (typeof content === 'string' || typeof content === 'number' ? String(content) : [])
  const called: readonly Block[] = [
    ...(Array.isArray(calls) ? calls.filter(isFields).map(callOf) : []),
    ...(isFields(legacy) ? [callOf({ ...legacy, id: legacyId(index) })] : []),
  ]
  if (called.length === 0 || role === 'user') return said
  report(`${called.length} calls of another provider's form were put into the API's words`)
  return [...(said === '' ? [] : toBlocks(said)), ...called.flatMap((call) => readPart(call, role, report))]
}

const legacyId = (index: number): string => `call_of_message_${index}`

/** What stands between calls and their results moves behind these: nothing may come between them. */
function behindResults<Each extends SeedMessage & { readonly isSystem: boolean }>(
  read: readonly Each[],
): readonly Each[] {
  const messages: Each[] = []
  let waiting: Each[] = []
  for (const message of read) {
    const isCall = toBlocks(messages.at(-1)?.content ?? []).some((block) => toolCallId(block) !== undefined)
    const isResult = toBlocks(message.content).some(({ type }) => type === 'tool_result')
    if (message.isSystem && (isCall || waiting.length > 0)) {
      waiting.push(message)
      continue
    }
    if (!isResult) {
      messages.push(...waiting)
      waiting = []
    }
    messages.push(message)
  }
  return [...messages, ...waiting]
}
