// Converts the messages of a seeded history to the API's format: roles, contents and calls of other providers are translated.
import { type Block, type Content, type Message, toBlocks, toolCallId } from '../content.ts'
import { boundedJson } from '../bounded-json.ts'
import { isNestedDeeper } from '../nesting.ts'
import { wellFormed } from '../well-formed.ts'
import { callOf, readPart, resultOf } from './read-block.ts'
import { type Fields, firstText, type Repair, type Report } from './repair.ts'
import { isRecord } from '../../objects.ts'

/** A message in the API's format, and where it came from. */
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

/** The role that decides which parts are allowed: a system message may have those of a user. */
type SpeakerRole = Exclude<Message['role'], 'system'>

/** Items in the list of messages that are not messages. */
const itemRoles: Readonly<Record<string, SpeakerRole>> = {
  function_call: 'assistant',
  function_call_output: 'user',
}

export function readMessages(messages: readonly unknown[], repairs: Repair[]): readonly SeedMessage[] {
  const read: SeedMessage[] = []
  // The legacy `function_call` has no id: its result names the tool.
  const calledAs = new Map<string, string>()
  messages.forEach((given, index) => {
    const report: Report = (what) => void repairs.push({ message: index, what })
    const message = copyOf(given, report)
    if (message === null) return
    const named = firstText(message['role'])
    const item = Object.hasOwn(itemRoles, String(message['type'])) ? itemRoles[String(message['type'])] : undefined
    const role = item ?? (Object.hasOwn(roles, named) ? roles[named] : undefined)
    if (role === undefined)
      return report(`it was left out, because its role ${named === '' ? 'is missing' : `"${named}" is not known`}`)
    // The final role of a system message depends on the messages around it.
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

/** Reports that a message is sent in another role than it was given in. */
export function reportRole(named: string, role: Message['role'], report: Report): void {
  if (named !== role) report(`its role "${named}" became "${role}"`)
}

/** A whole message as a tool result: of a call with an id, or of a legacy `function_call`, by the tool's name. */
function resultNamed(message: Fields, calledAs: ReadonlyMap<string, string>): Block | null {
  if (message['role'] === 'tool' && typeof message['tool_call_id'] === 'string') return resultOf(message)
  if (message['role'] !== 'function') return null
  return resultOf({ ...message, call_id: calledAs.get(firstText(message['name'])) })
}

/** A JSON copy, which is what the journal stores and the API reads; `null` if JSON can't hold the message. */
function copyOf(message: unknown, report: Report): Fields | null {
  try {
    const copy: unknown = JSON.parse(boundedJson(message) ?? 'null')
    if (!isRecord(copy)) return (report('it is no message and was left out'), null)
    if (isNestedDeeper(copy)) return (report('it is nested too deeply and was left out'), null)
    const sound = wellFormed(copy)
    if (sound !== copy) report('halves of surrogate pairs in it became U+FFFD')
    return sound
  } catch {
    report('it was left out, because JSON can not hold it')
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
  report(`${called.length} calls in another provider's format were converted`)
  return [...(said === '' ? [] : toBlocks(said)), ...called.flatMap((call) => readPart(call, role, report))]
}

const legacyId = (index: number): string => `call_of_message_${index}`

/** Moves messages between calls and their results behind the results, as the user's: the API allows nothing between them. */
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
