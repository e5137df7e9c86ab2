import { longestTimer } from '../clock.ts'
import { TurnstateError } from '../errors.ts'

/** What a server takes at most. Times are milliseconds. */
export interface ServerLimits {
  /** Conversations that are in memory. Those that were used least recently, and are at rest, leave first. Default 1,000. */
  readonly open: number
  /** How long a conversation at rest stays in memory. One whose refusal waits for a person stays five minutes, if that is longer: its credit with the API is good for so long. Default 10,000. */
  readonly idle: number
  /** Bytes of a request's body, as it is sent. Default 33,554,432: what the API takes. */
  readonly body: number
  /** Requests in a minute, for each principal. Default 600. */
  readonly requests: number
  /** Requests in a minute in all, counted before `authorize` is asked who they are from. Those of health are free. Default 60,000. */
  readonly allRequests: number
  /** Turns in progress, for each principal. Default 32. */
  readonly turns: number
  /** Turns in progress in all. Default 2,000. */
  readonly allTurns: number
  /** Streams that are open, for each principal. Default 64. */
  readonly streams: number
  /** Streams that are open in all. Default 10,000. */
  readonly allStreams: number
  /** Bytes of events that are kept for each conversation, so that viewers can resume. Default 262,144. */
  readonly events: number
  /** Silence on a stream after which a comment is sent. Default 15,000. */
  readonly heartbeat: number
  /** How long a reader may leave unread what it was sent: 64 kB of a stream, or the rest of an answer that is complete. It is cut then; a stream may be resumed. Default 30,000. */
  readonly stalledAfter: number
  /** How long turns in progress may go on when the server shuts down. Default 10,000. */
  readonly shutdown: number
}

const defaults: ServerLimits = {
  open: 1_000,
  idle: 10_000,
  body: 33_554_432,
  requests: 600,
  allRequests: 60_000,
  turns: 32,
  allTurns: 2_000,
  streams: 64,
  allStreams: 10_000,
  events: 262_144,
  heartbeat: 15_000,
  stalledAfter: 30_000,
  shutdown: 10_000,
}

const times: ReadonlySet<string> = new Set(['idle', 'heartbeat', 'stalledAfter', 'shutdown'])

/** Those that would never let anything happen if they were 0. */
const positive: ReadonlySet<string> = new Set(['heartbeat', 'stalledAfter'])

/** The limits, with defaults for those that are not given. @throws TurnstateError `invalid-option` */
export function readLimits(given: Partial<ServerLimits> = {}): ServerLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(defaults, name))
      throw new TurnstateError(
        'invalid-option',
        `There is no limit "${name}": use ${Object.keys(defaults).join(', ')}.`,
      )
    const [least, most] = [positive.has(name) ? 1 : 0, times.has(name) ? longestTimer : Number.MAX_SAFE_INTEGER]
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least && value <= most))
      throw new TurnstateError('invalid-option', `limits.${name} must be a whole number from ${least} to ${most}.`)
  }
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  return { ...defaults, ...set }
}
