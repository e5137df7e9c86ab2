// Recognises replies that a content filter blocked. The API reports these as errors, although the request was valid; they are
// treated as refusals without a category.
import type { SourceEvent } from '../source/message-source.ts'
import { inOneLine } from './one-line.ts'
import { readSaid, readThrown } from './read-thrown.ts'
import { isObject } from '../objects.ts'

/** Messages of filters. They arrive as a 400 or as an `error` event after part of the text, sometimes wrapped by a gateway. */
const filterWords: readonly RegExp[] = [
  // API: "Output blocked by content filtering policy"
  /\b(?:blocked|filtered|stopped|rejected) (?:by|due to|because of) (?:our |the |a )?(?:\S+ ){0,3}content[ -](?:filter(?:ing)?|management|moderation|safety)\b/i,
  // Foundry: "The response was filtered due to the prompt triggering … content management policy", code `content_filter`
  /\b(?:response|output|prompt|request|content) was (?:blocked|filtered)\b.{0,120}\bpolicy\b/i,
  /\bcontent[ _-]filter(?:ing)?[ _-]policy\b/i,
]

type Refusal = Extract<SourceEvent, { type: 'message.delta' }>

/** The refusal that a thrown error describes; `null` if it describes none. */
export const refusalThrown = (error: unknown): Refusal | null =>
  isObject(error) ? refusalIn(readThrown(error).message) : null

/** The refusal that an error event describes; `null` if it describes none. The usage counted so far stays. */
export const refusalSaid = (said: unknown): Refusal | null => refusalIn(readSaid(said).message ?? '')

function refusalIn(message: string): Refusal | null {
  if (!filterWords.some((words) => words.test(message))) return null
  return { type: 'message.delta', stopReason: 'refusal', category: null, explanation: inOneLine(message), usage: {} }
}
