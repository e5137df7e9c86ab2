import { sentences } from './error-sentences.ts'
import { beginning, longestRead, quoted, withoutSecrets } from './quote.ts'

/** What follows from an error: `retry` may succeed later unchanged, `stop` needs somebody to change something first. */
export type Consequence = 'retry' | 'stop'

// One table answers "may the chart retry?", so no guard has an opinion of its own.
// HTTP statuses and error types: the Messages API's error table; 408 and 409 are retryable there too.
const consequences = {
  // what the caller gave
  'invalid-option': 'stop',
  'reserved-field': 'stop',
  'not-available': 'stop',
  'message-empty': 'stop',
  'message-invalid': 'stop',
  'block-unknown': 'stop',
  'input-too-large': 'stop',
  'metadata-invalid': 'stop',
  'file-too-large': 'stop',
  'file-type-unsupported': 'stop',
  'file-unreadable': 'stop',
  'file-empty': 'stop',
  'policy-invalid': 'stop',
  'fallback-empty': 'stop',
  'fallback-same-model': 'stop',
  'model-invalid': 'stop',
  'budget-invalid': 'stop',
  'tool-invalid': 'stop',
  'tool-name-invalid': 'stop',
  'tool-duplicate': 'stop',
  'tool-schema-invalid': 'stop',
  'tool-result-invalid': 'stop',
  'call-unknown': 'stop',
  'call-settled': 'stop',
  'approval-decided': 'stop',
  'turn-unknown': 'stop',
  'turn-quarantined': 'stop',
  'turn-withdrawn': 'stop',
  'turn-not-kept': 'stop',
  'input-refused-before': 'stop',
  'nothing-to-compact': 'stop',
  'item-unknown': 'stop',
  'no-refusal': 'stop',
  'no-rejection': 'stop',
  'nothing-to-retry': 'stop',
  'conversation-busy': 'retry',
  'conversation-closed': 'stop',
  'input-withdrawn': 'stop',
  aborted: 'stop',
  interrupted: 'stop',
  'listener-failed': 'stop',
  'internal-error': 'stop',
  // the journal
  'journal-damaged': 'stop',
  'journal-version-unsupported': 'stop',
  'journal-write-failed': 'retry',
  // the reply, from its transport
  'connection-failed': 'retry',
  'connection-lost': 'retry',
  'stream-truncated': 'retry',
  'stream-stalled': 'retry',
  'stream-malformed': 'stop',
  'reply-too-large': 'stop',
  'source-failed': 'stop',
  'slot-not-filled': 'stop',
  // the reply, as the API answered
  'request-invalid': 'stop',
  'prompt-too-long': 'stop',
  'context-window-exceeded': 'stop',
  'thinking-invalid': 'stop',
  'authentication-failed': 'stop',
  'compaction-invalid': 'stop',
  'billing-failed': 'stop',
  'organization-on-hold': 'stop',
  'permission-denied': 'stop',
  'model-not-found': 'stop',
  'not-found': 'stop',
  'request-too-large': 'stop',
  'history-rejected': 'stop',
  'rate-limited': 'retry',
  'spend-limit-reached': 'stop',
  'api-error': 'retry',
  overloaded: 'retry',
  // the turn
  'tools-failed': 'stop',
  'max-steps-reached': 'stop',
  'compaction-failed': 'stop',
  'budget-exceeded': 'stop',
  'output-invalid': 'stop',
  // the inspector
  'inspector-unreachable': 'retry',
  'inspection-file-invalid': 'stop',
  'inspection-file-version-unsupported': 'stop',
  // the simulator
  'script-invalid': 'stop',
  'script-unfinished': 'stop',
  'port-unavailable': 'stop',
} as const satisfies Record<string, Consequence>

/** Every code that a {@link TurnstateError} can carry. The list is closed: an addition is a minor release. */
export type TurnstateErrorCode = keyof typeof consequences

/** `retry` or `stop` for each code. */
export const errorConsequences: Readonly<Record<TurnstateErrorCode, Consequence>> = consequences

const rejections: ReadonlySet<TurnstateErrorCode> = new Set([
  'request-invalid',
  'prompt-too-long',
  'thinking-invalid',
  'compaction-invalid',
  'model-not-found',
  'not-found',
  'request-too-large',
])

/**
 * Whether a failure says that the API can't take the request as it is (400, 404, 413 or 422), so that another one may
 * be taken. A failure that the API itself calls transient is not a rejection.
 */
export const isRejection = ({ code, shouldRetry }: Failure): boolean => rejections.has(code) && shouldRetry !== true

/** What no request gets past: it is about the key, the account or the model, not about what the request holds. */
const denials: ReadonlySet<TurnstateErrorCode> = new Set([
  'authentication-failed',
  'billing-failed',
  'permission-denied',
  'spend-limit-reached',
])

/** Whether the API turned a request down for good, whatever the reason (a 4xx): asked again as it is, it would again. */
export const isTurnedDown = (failure: Failure): boolean =>
  isRejection(failure) || (denials.has(failure.code) && failure.shouldRetry !== true)

/** Plain facts about an error: JSON, so that it can be stored and sent. */
export interface ErrorDetails {
  /** HTTP status of the API's answer, where there was one. */
  readonly status?: number
  /** The API's `request-id`, for its support. */
  readonly requestId?: string
  /** Milliseconds to wait before the same request may be sent again, as the API asked. */
  readonly retryAfter?: number
  /** The API's own word (`x-should-retry`) on whether to try again; it goes over the table of codes. */
  readonly shouldRetry?: boolean
  /**
   * What the API's own words about a request name: a place in it (`messages.3.content.1`), a field (`metadata`), or the id of
   * a file, a call or a container.
   */
  readonly pointer?: string
  /** The code of the failure that led to this one. */
  readonly causedBy?: TurnstateErrorCode
  /**
   * Words that turnstate did not write: what the API answered, what the network or a function of the app's threw. One line of at
   * most 500 characters, without keys. They can hold what was sent: nothing that is logged or watched shows them by default.
   */
  readonly quote?: string
  /** Index of the journal fact that is at fault. */
  readonly factIndex?: number
  readonly turnId?: string
}

export interface TurnstateErrorOptions extends ErrorOptions, ErrorDetails {}

const marker = Symbol.for('turnstate.error')

/**
 * The one class of error that turnstate throws or reports. Branch on `code`; messages may change. What others said about it stands
 * in `details.quote`.
 */
export class TurnstateError extends Error {
  override readonly name: string = 'TurnstateError'
  readonly [marker] = true
  readonly code: TurnstateErrorCode
  readonly details: ErrorDetails

  constructor(code: TurnstateErrorCode, message: string, options: TurnstateErrorOptions = {}) {
    const { cause, ...details } = options
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.details = details
  }

  /** Whether the same call may succeed later, unchanged. */
  get retryable(): boolean {
    return this.details.shouldRetry ?? consequences[this.code] === 'retry'
  }

  /** Works across duplicate installs of the package, where `instanceof` does not. Never throws. */
  static is(value: unknown): value is TurnstateError {
    try {
      return typeof value === 'object' && value !== null && marker in value
    } catch {
      return false
    }
  }
}

/** An error as it is stored in the journal and shown in an outcome: code, sentence, plain details. */
export interface Failure extends ErrorDetails {
  readonly code: TurnstateErrorCode
  /** turnstate's own sentence. Journals of releases before `quote` have the words of others in it, too. */
  readonly message: string
}

/** What the code of a failure means, in words that hold nothing of the case but what the API's own headers say. */
export function sentenceFor({ code, status, retryAfter }: Pick<Failure, 'code' | 'status' | 'retryAfter'>): string {
  const answered = typeof status === 'number' ? `The API answered ${status}. ` : ''
  const wait = typeof retryAfter === 'number' ? ` It asks to come back in ${Math.ceil(retryAfter / 1000)} s.` : ''
  return `${answered}${Object.hasOwn(sentences, code) ? sentences[code] : 'It failed.'}${wait}`
}

/** A failure that follows from what somebody's code threw: our sentence, and their words apart from it. */
export const failureFrom = (code: TurnstateErrorCode, thrown: unknown, message = sentences[code]): Failure => ({
  code,
  message,
  ...quoteOf(thrown),
})

/** The words of what was thrown, as a detail of an error. */
export function quoteOf(thrown: unknown): { readonly quote?: string } {
  const quote = quoted(messageOf(thrown))
  return quote === '' ? {} : { quote }
}

/** Our sentence and the words of others, for whoever may read both. */
export function inFull(error: TurnstateError | Failure): string {
  const { quote } = error instanceof TurnstateError ? error.details : error
  return quote === undefined ? error.message : `${error.message} In its own words: ${quote}`
}

/**
 * The message of anything that was thrown, without keys and passwords. It never throws: a value may have no words, or throw when
 * it is read.
 *
 * @param most Characters that are read of it. Default 2,000.
 */
export function messageOf(thrown: unknown, most: number = longestRead): string {
  try {
    return withoutSecrets(beginning(String(thrown instanceof Error ? thrown.message : thrown), most))
  } catch {
    return 'a value that can not be read'
  }
}
