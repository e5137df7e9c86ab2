import { stopReasons } from '../api/stop-reasons.ts'
import { type ApiFault, failureOf } from './api-faults.ts'
import { text } from './build-blocks.ts'
import type { ScriptedBlock } from './script-blocks.ts'
import type { MidStreamError } from './script-faults.ts'
import type { HttpErrorStep, ReplyStep, ScriptedHttpError, ScriptedRefusal } from './script.ts'

const blocksOf = (content: string | readonly ScriptedBlock[]): readonly ScriptedBlock[] =>
  typeof content === 'string' ? (content === '' ? [] : [text(content)]) : content

/** A reply with these blocks, or with one text. */
export const reply = (
  content: string | readonly ScriptedBlock[],
  rest: Omit<ReplyStep, 'content' | 'refusal'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content) })

/** A reply that the API paused because its own tools took too many turns. A client continues it by sending it back. */
export const pause = (
  content: string | readonly ScriptedBlock[],
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content), stopReason: stopReasons.pauseTurn })

/** The reply to a request for a compaction: the summary as one signed block, or null for a failed compaction. */
export const compact = (
  summary: string | null,
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: [{ type: 'compaction', content: summary, signed: true }] })

/** A refusal, by default before any output. `content` is what the model would have said without it. */
export const refuse = (
  refusal: Partial<ScriptedRefusal> = {},
  content: string | readonly ScriptedBlock[] = [],
  rest: Omit<ReplyStep, 'content' | 'refusal' | 'stopReason' | 'stopSequence'> = {},
): ReplyStep => ({ ...rest, content: blocksOf(content), refusal: { at: 'before', ...refusal } })

/** An HTTP error of the API. Type and message default to those that fit the status. */
export const httpError = (status: number, rest: Omit<ScriptedHttpError, 'status'> = {}): HttpErrorStep => ({
  httpError: { ...rest, status },
})

/** One of the API's errors by its name; `rest` replaces its message, details or headers. */
export const apiError = (
  fault: ApiFault,
  rest: Omit<ScriptedHttpError, 'status' | 'type' | 'body'> = {},
): HttpErrorStep => ({ httpError: { ...failureOf(fault), ...rest } })

/** One of the API's errors as an `error` event in mid-stream, for `faults.midStreamError`. */
export const streamError = (fault: ApiFault, afterDeltas = 0): MidStreamError => {
  const { status: _, ...error } = failureOf(fault)
  return { ...error, afterDeltas }
}

/** The HTML error page of a gateway in front of the API. */
export const gatewayError = (
  status: 502 | 503 | 504,
  rest: Omit<ScriptedHttpError, 'status' | 'body'> = {},
): HttpErrorStep => {
  const title = { 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' }[status]
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return { httpError: { ...rest, status, body } }
}
