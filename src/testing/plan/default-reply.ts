import { messagesOf } from '../api/turns.ts'
import { stopReasons } from '../api/stop-reasons.ts'
import { isObject, isText, type JsonObject, listOf, objectsOf } from '../api/json.ts'
import type { Ids } from '../api/ids.ts'
import { planBlocks, textBlock, thinkingBlock, words } from './plan-blocks.ts'
import { plainReply, type PlannedBlock, type PlannedReply } from '../reply/planned-reply.ts'
import { sampleInput } from './sample-input.ts'
import { refusalTestString } from '../api/refusal-test-string.ts'

const longestEcho = 80

/** A short quote on one line, without the test string: with it, every later request of the conversation would be refused. */
const echo = (text: string): string => {
  const line = text.replaceAll(refusalTestString, '[the refusal test string]').replaceAll(/\s+/g, ' ').trim()
  const characters = Array.from(line)
  return characters.length > longestEcho ? `${characters.slice(0, longestEcho - 1).join('')}…` : line
}

const textOf = (content: unknown): string =>
  isText(content)
    ? content
    : objectsOf(content)
        .map(({ object }) => (object['type'] === 'text' && isText(object['text']) ? object['text'] : ''))
        .filter((text) => text !== '')
        .join(' ')

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

/** The default answer: who answers, what the user wrote, how many messages there were. */
const sentence = (body: JsonObject): string => {
  const messages = messagesOf(body)
  const last = messages.findLast(({ role }) => role === 'user')
  const results = objectsOf(last?.['content']).filter(({ object }) => object['type'] === 'tool_result')
  const text = echo(textOf(last?.['content']))
  const read = results.map(({ object }) => `"${echo(textOf(object['content']))}"`).join(', ')
  return [
    'This is the turnstate simulator, not Claude.',
    ...(results.length > 0 ? [`It read ${counted(results.length, 'tool result')}: ${read}.`] : []),
    ...(text === '' ? [] : [`You wrote: "${text}".`]),
    `The request carried ${counted(messages.length, 'message')}.`,
  ].join(' ')
}

/** The simulator's summary of a conversation. */
export const summaryOf = (body: JsonObject): string => {
  const messages = messagesOf(body)
  const said = messages.map(({ content }) => echo(textOf(content))).findLast((text) => text !== '')
  return `The turnstate simulator's summary of ${counted(messages.length, 'message')}.${said === undefined ? '' : ` The last one said: "${said}".`}`
}

/** A thinking block, if the request asks for visible or budgeted thinking. */
const thinkingFor = (body: JsonObject, model: string): readonly PlannedBlock[] => {
  const thinking = body['thinking']
  if (!isObject(thinking)) return []
  const { type, display } = thinking
  if (type !== 'enabled' && (type !== 'adaptive' || !isText(display))) return []
  const text = 'The simulator pretends to think about this.'
  return [thinkingBlock(model, text, display === 'omitted')]
}

const forcedTool = (body: JsonObject): JsonObject | undefined => {
  const choice = body['tool_choice']
  if (!isObject(choice)) return undefined
  const tools = objectsOf(body['tools']).map(({ object }) => object)
  if (choice['type'] === 'any') return tools.find(({ name }) => isText(name))
  return choice['type'] === 'tool' ? tools.find(({ name }) => name === choice['name']) : undefined
}

/** The text up to its first stop sequence, and that sequence. */
const upToStop = (text: string, sequences: readonly unknown[]): readonly [string, string | null] => {
  let end = text.length
  let match: string | null = null
  for (const sequence of sequences) {
    const at = isText(sequence) && sequence !== '' ? text.indexOf(sequence) : -1
    if (at >= 0 && at < end && isText(sequence)) [end, match] = [at, sequence]
  }
  return [text.slice(0, end), match]
}

/** The default answer. It is deterministic, says that it is simulated, and ends at `max_tokens`, with one token per word. */
export const defaultReply = (body: JsonObject, model: string, ids: Ids): PlannedReply => {
  // The request only fills the prompt cache. The stop reason is an assumption.
  if (body['max_tokens'] === 0) return { ...plainReply(model, []), stopReason: stopReasons.maxTokens }
  const thought = thinkingFor(body, model)
  const tool = forcedTool(body)
  if (tool) {
    const input = sampleInput(tool['input_schema'])
    const call = planBlocks([{ type: 'tool_use', name: String(tool['name']), input }], { model, ids, openCalls: [] })
    return { ...plainReply(model, [...thought, ...call]), stopReason: stopReasons.toolUse }
  }
  const [text, match] = upToStop(sentence(body), listOf(body['stop_sequences']))
  const spoken = words(text)
  const thoughtTokens = thought.reduce((sum, { deltas }) => sum + deltas.length, 0)
  const room = Math.max(0, Number(body['max_tokens']) - thoughtTokens)
  const kept = spoken.slice(0, room)
  const reply = plainReply(model, kept.length > 0 ? [...thought, textBlock(kept)] : thought)
  if (spoken.length > room) return { ...reply, stopReason: stopReasons.maxTokens }
  return match === null ? reply : { ...reply, stopReason: stopReasons.stopSequence, stopSequence: match }
}

const opening =
  'This is the turnstate simulator, not Claude. Its reply had begun when the streaming classifier stepped in. '

/** The beginning of a reply that is refused after n deltas. */
export const refusedOpening = (deltas: number): readonly PlannedBlock[] => {
  if (deltas === 0) return []
  const once = words(opening)
  return [textBlock(Array.from({ length: deltas }, (_, index) => once[index % once.length] ?? ''))]
}
