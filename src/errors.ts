import { retryableCodes, type TurnstateErrorCode } from './error-codes.ts'
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
 * Whether the API rejected the request itself (400, 404, 413 or 422), so that a different request may be accepted. A failure that the API
 * marks as transient is not a rejection.
 */
export const isRejection = ({ code, shouldRetry }: Failure): boolean => rejections.has(code) && shouldRetry !== true

/** Failures that no change of the request can avoid: they are about the key, the account or the model. */
const denials: ReadonlySet<TurnstateErrorCode> = new Set([
  'authentication-failed',
  'billing-failed',
  'permission-denied',
  'spend-limit-reached',
])

/** Whether the API would answer the same request with the same 4xx again, for whatever reason. */
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
  /** Whether the API says to try again (`x-should-retry`). It overrides the table of codes. */
  readonly shouldRetry?: boolean
  /**
   * What the API's message names: a place in it (`messages.3.content.1`), a field (`metadata`), or the id of
   * a file, a call or a container.
   */
  readonly pointer?: string
  /** The code of the failure that led to this one. */
  readonly causedBy?: TurnstateErrorCode
  /**
   * Text that turnstate did not write: the API's message, or an error of the network or of one of the app's functions. One line of at
   * most 500 characters, without keys. It may quote the request, so logs and inspectors do not show it by default.
   */
  readonly quote?: string
  /** Index of the faulty journal fact. */
  readonly factIndex?: number
  readonly turnId?: string
  /** Milliseconds since another process last renewed its lease of the conversation. */
  readonly heldFor?: number
  /** What became of each thing that a request was to change, where it failed on the way. */
  readonly changes?: Readonly<Record<string, ChangeFate>>
}

/**
 * `applied`: it is stored. `unchanged`: it is as it was. `pending`: the conversation keeps it, and sends it until the store has taken
 * it; if its process ends before, it is as it was. `unknown`: it is one of the two, and the store has not said which.
 */
export type ChangeFate = 'applied' | 'unchanged' | 'pending' | 'unknown'

export interface TurnstateErrorOptions extends ErrorOptions, ErrorDetails {}

const marker = Symbol.for('turnstate.error')

/**
 * The one class of error that turnstate throws or reports. Branch on `code`; messages may change. The message of the API
 * or of another error is in `details.quote`.
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
    return this.details.shouldRetry ?? Object.hasOwn(retryableCodes, this.code)
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
  /** turnstate's own sentence. Journals of releases before `quote` also have foreign text in it. */
  readonly message: string
}

/** What a code means, as a sentence without any content of the conversation, with the status and the wait from the API's headers. */
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

/** The message of a thrown value, as a detail of an error. */
export function quoteOf(thrown: unknown): { readonly quote?: string } {
  const quote = quoted(messageOf(thrown))
  return quote === '' ? {} : { quote }
}

/** turnstate's sentence together with the quoted message. */
export function inFull(error: TurnstateError | Failure): string {
  const { quote } = error instanceof TurnstateError ? error.details : error
  return quote === undefined ? error.message : `${error.message} In its own words: ${quote}`
}

/**
 * The message of any thrown value, without keys and passwords. It never throws, even if reading the value does.
 *
 * @param most The most characters that are read. Default 2,000.
 */
export function messageOf(thrown: unknown, most: number = longestRead): string {
  try {
    return withoutSecrets(beginning(String(thrown instanceof Error ? thrown.message : thrown), most))
  } catch {
    return 'a value that cannot be read'
  }
}
