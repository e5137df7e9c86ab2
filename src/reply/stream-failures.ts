// Failures of a stream that the source did not report itself.
import type { Failure } from '../errors.ts'

/** How long a silence may last, and the option that sets it. */
export interface Patience {
  readonly ms: number
  readonly option: 'idleTimeout' | 'silenceTimeout'
}

export const truncated: Failure = {
  code: 'stream-truncated',
  message: 'The reply ended before it was complete, without an error. Try again.',
}

export const tooLong: Failure = {
  code: 'stream-stalled',
  message:
    'The reply took longer than replyTimeout and was stopped. The partial reply is kept. Ask for less at once, or raise replyTimeout.',
}

export const stalled = ({ ms, option }: Patience): Failure => ({
  code: 'stream-stalled',
  message: `No data arrived for ${ms} ms in the middle of the reply. Try again, or raise ${option}.`,
})
