import { text } from './build-blocks.ts'
import type { ScriptedBlock } from './script-blocks.ts'
import type { HttpErrorStep, ReplyStep, ScriptedHttpError, ScriptedRefusal } from './script.ts'

const blocksOf = (content: string | readonly ScriptedBlock[]): readonly ScriptedBlock[] =>
  typeof content === 'string' ? (content === '' ? [] : [text(content)]) : content

/** A reply of these blocks, or of one text. */
export const reply = (
  content: string | readonly ScriptedBlock[],
  rest: Omit<ReplyStep, 'content' | 'refusal'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content) })

/** A reply that the API left unfinished because its own tools took too many turns: sent back as it is, it goes on. */
export const pause = (
  content: string | readonly ScriptedBlock[],
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content), stopReason: 'pause_turn' })

/** The reply to a request for a compaction: the summary as one signed block. */
export const compact = (
  summary: string,
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: [{ type: 'compaction', content: summary, signed: true }] })

/** A refusal: `before` output unless `at` says otherwise; `content` is what the model was about to say. */
export const refuse = (
  refusal: Partial<ScriptedRefusal> = {},
  content: string | readonly ScriptedBlock[] = [],
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content), refusal: { at: 'before', ...refusal } })

/** An HTTP error of the API, with its own type and wording unless told otherwise. */
export const httpError = (status: number, rest: Omit<ScriptedHttpError, 'status'> = {}): HttpErrorStep => ({
  httpError: { ...rest, status },
})
