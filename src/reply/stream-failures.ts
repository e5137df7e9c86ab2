// How a stream fails by itself.
import type { Failure } from '../errors.ts'

/** How long a silence may be, and the option that says so. */
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
    'The reply took longer than replyTimeout allows, and was stopped. What has arrived of it stays. Ask for less at once, or raise replyTimeout.',
}

export const stalled = ({ ms, option }: Patience): Failure => ({
  code: 'stream-stalled',
  message: `Nothing arrived for ${ms} ms in the middle of the reply. Try again, or raise ${option}.`,
})
