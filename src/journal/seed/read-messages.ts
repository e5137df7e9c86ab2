// The messages of a seeded history in the API's words: roles, contents and calls of other providers are read as what they mean.
import { type Block, type Content, type Message, toBlocks, toolCallId } from '../content.ts'
import { boundedJson } from '../bounded-json.ts'
import { isNestedDeeper } from '../nesting.ts'
import { wellFormed } from '../well-formed.ts'
import { callOf, readPart, resultOf } from './read-block.ts'
import { type Fields, firstText, type Repair, type Report } from './repair.ts'
import { isRecord } from '../../objects.ts'

/** A message as the API takes it, and where it stood. */
export interface SeedMessage extends Message {
  readonly index: number
  /** Its role as it was given. */
  readonly named: string
}

const roles: Readonly<Record<string, Message['role']>> = {
  user: 'user',
  human: 'user',
  system: 'system',
  developer: 'system',
  tool: 'user',
  function: 'user',
  assistant: 'assistant',
  ai: 'assistant',
  model: 'assistant',
}

/** Who may have said a part: the system's parts are those that a user may say. */
type SpeakerRole = Exclude<Message['role'], 'system'>

/** Items that stand among messages without being one. */
const itemRoles: Readonly<Record<string, SpeakerRole>> = {
  function_call: 'assistant',
  function_call_output: 'user',
}

export function readMessages(messages: readonly unknown[], repairs: Repair[]): readonly SeedMessage[] {
  const read: SeedMessage[] = []
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
    // What becomes of a system message is known once it is known what stands around it.
    if (item === undefined && role !== 'system') reportRole(named, role, report)
    const speaker = role === 'system' ? 'user' : role
    const answers = resultNamed(message, calledAs)
    const content =
      item !== undefined
        ? readPart(message, speaker, report)
        : answers
          ? readPart(answers, speaker, report)
          : contentOf(message, speaker, index, report)
    const legacy = isRecord(message['function_call']) ? firstText(message['function_call']['name']) : ''
    if (legacy !== '') calledAs.set(legacy, legacyId(index))
    read.push({ index, role, content, named })
  })
  return behindResults(read, repairs)
}

/** Reports that a message is sent in another role than it came in. */
export function reportRole(named: string, role: Message['role'], report: Report): void {
  if (named !== role) report(`its role "${named}" became "${role}"`)
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
    const copy: unknown = JSON.parse(boundedJson(message) ?? 'null')
    if (!isRecord(copy)) return (report('it is no message and was left out'), null)
    if (isNestedDeeper(copy)) return (report('it is nested too deeply and was left out'), null)
    const sound = wellFormed(copy)
    if (sound !== copy) report('halves of surrogate pairs in it became U+FFFD')
    return sound
  } catch {
    report('JSON can not hold it, and it was left out')
    return null
  }
}

function contentOf(message: Fields, role: SpeakerRole, index: number, report: Report): Content {
  const { content = message['parts'], tool_calls: calls, function_call: legacy } = message
  const parts = Array.isArray(content) ? content : isRecord(content) ? [content] : null
  const said =
    parts?.flatMap((part: unknown) => readPart(part, role, report)) ??
    (typeof content === 'string' || typeof content === 'number' ? String(content) : [])
  const called: readonly Block[] = [
    ...(Array.isArray(calls) ? calls.filter(isRecord).map(callOf) : []),
    ...(isRecord(legacy) ? [callOf({ ...legacy, id: legacyId(index) })] : []),
  ]
  if (called.length === 0 || role === 'user') return said
  report(`${called.length} calls of another provider's form were put into the API's words`)
  return [...(said === '' ? [] : toBlocks(said)), ...called.flatMap((call) => readPart(call, role, report))]
}

const legacyId = (index: number): string => `call_of_message_${index}`

/** What stands between calls and their results moves behind these, as the user's: nothing may come between them. */
function behindResults(read: readonly SeedMessage[], repairs: Repair[]): readonly SeedMessage[] {
  const messages: SeedMessage[] = []
  let waiting: SeedMessage[] = []
  for (const message of read) {
    const isCall = toBlocks(messages.at(-1)?.content ?? []).some((block) => toolCallId(block) !== undefined)
    const isResult = toBlocks(message.content).some(({ type }) => type === 'tool_result')
    if (message.role === 'system' && (isCall || waiting.length > 0)) {
      reportRole(message.named, 'user', (what) => void repairs.push({ message: message.index, what }))
      waiting.push({ ...message, role: 'user' })
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
