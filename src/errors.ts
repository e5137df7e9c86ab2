import { errorConsequences, type TurnstateErrorCode } from './error-codes.ts'
import { sentences } from './error-sentences.ts'
import { beginning, longestRead, quoted, withoutSecrets } from './foreign-text.ts'

export { errorConsequences } from './error-codes.ts'
export type { Consequence, TurnstateErrorCode } from './error-codes.ts'

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
    return this.details.shouldRetry ?? errorConsequences[this.code] === 'retry'
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
