// The other way in which a reply is refused: what the model says is held back by a filter, and told as an error, of a request that is
// well-formed. It is a refusal without a category.
import type { SourceEvent } from '../source/message-source.ts'
import { inOneLine } from './one-line.ts'
import { readSaid, readThrown } from './read-thrown.ts'
import { isObject } from '../objects.ts'

/** Words of filters. They come as a 400 or as an `error` event after some of the text, and wrapped by whatever passes them on. */
const filterWords: readonly RegExp[] = [
  // API: "Output blocked by content filtering policy"
  /\b(?:blocked|filtered|stopped|rejected) (?:by|due to|because of) (?:our |the |a )?(?:\S+ ){0,3}content[ -](?:filter(?:ing)?|management|moderation|safety)\b/i,
  // Foundry: "The response was filtered due to the prompt triggering … content management policy", code `content_filter`
  /\b(?:response|output|prompt|request|content) was (?:blocked|filtered)\b.{0,120}\bpolicy\b/i,
  /\bcontent[ _-]filter(?:ing)?[ _-]policy\b/i,
]

type Refusal = Extract<SourceEvent, { type: 'message.delta' }>

/** The refusal that a thrown error tells of, else `null`. */
export const refusalThrown = (error: unknown): Refusal | null =>
  isObject(error) ? refusalIn(readThrown(error).message) : null

/** The refusal that an error inside a stream tells of, else `null`. What was counted by then stands. */
export const refusalSaid = (said: unknown): Refusal | null => refusalIn(readSaid(said).message ?? '')

function refusalIn(message: string): Refusal | null {
  if (!filterWords.some((words) => words.test(message))) return null
  return { type: 'message.delta', stopReason: 'refusal', category: null, explanation: inOneLine(message), usage: {} }
}
