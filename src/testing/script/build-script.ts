import { stopReasons } from '../api/stop-reasons.ts'
import { type ApiFault, failureOf } from './api-faults.ts'
import { text } from './build-blocks.ts'
import type { ScriptedBlock } from './script-blocks.ts'
import type { MidStreamError } from './script-faults.ts'
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
): ReplyStep => ({ ...rest, content: blocksOf(content), stopReason: stopReasons.pauseTurn })

/** The reply to a request for a compaction: the summary as one signed block; null for one that failed. */
export const compact = (
  summary: string | null,
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

/** One of the API's errors by its name, with its status, type, code and wording unless told otherwise. */
export const apiError = (
  fault: ApiFault,
  rest: Omit<ScriptedHttpError, 'status' | 'type' | 'body'> = {},
): HttpErrorStep => ({ httpError: { ...failureOf(fault), ...rest } })

/** The same error as the `error` event of a stream that had begun: for `faults.midStreamError`. */
export const streamError = (fault: ApiFault, afterDeltas = 0): MidStreamError => {
  const { status: _, ...error } = failureOf(fault)
  return { ...error, afterDeltas }
}

/** The error page of a gateway in front of the API: HTML, and nothing of the API's. */
export const gatewayError = (
  status: 502 | 503 | 504,
  rest: Omit<ScriptedHttpError, 'status' | 'body'> = {},
): HttpErrorStep => {
  const title = { 502: 'Bad Gateway', 503: 'Service Temporarily Unavailable', 504: 'Gateway Time-out' }[status]
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body>\r\n<center><h1>${status} ${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`
  return { httpError: { ...rest, status, body } }
}
