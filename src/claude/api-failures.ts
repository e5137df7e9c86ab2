// What the API, the SDK or the network threw, as one of our codes. Errors are told apart by what they carry, not by
// their class: the app's copy of the SDK may be another than the one that types this file.
import { messageOf, quoteOf, sentenceFor, TurnstateError, type TurnstateErrorCode } from '../errors.ts'
import { codeOf } from './failure-codes.ts'
import { inOneLine } from './one-line.ts'
import { readSaid, readThrown } from './read-thrown.ts'
import { isObject } from '../objects.ts'

/** The failure of a request, from whatever the SDK threw. */
export function requestFailure(error: unknown): TurnstateError {
  if (TurnstateError.is(error)) return error
  const thrown = readThrown(error)
  const { status, type, message, headers, requestId } = thrown
  if (status === undefined && type === undefined)
    return isNetworkError(error) ? connectionFailure(error, 'connection-failed') : beforeSending(error)
  const code = codeOf(thrown)
  const retryAfter = readRetryAfter(headers)
  const shouldRetry = headers?.get('x-should-retry')
  const when = { ...(status === undefined ? {} : { status }), ...(retryAfter === undefined ? {} : { retryAfter }) }
  return new TurnstateError(code, sentenceFor({ code, ...when }), {
    cause: error,
    ...when,
    ...(requestId === undefined ? {} : { requestId }),
    ...pointerIn(code, message),
    ...said(message),
    ...(shouldRetry === 'true' || shouldRetry === 'false' ? { shouldRetry: shouldRetry === 'true' } : {}),
  })
}

/**
 * The failure that an error inside a stream tells of, whatever form it has. The HTTP status of the answer was 200 by then; gateways
 * name the one that they got.
 */
export function streamError(event: unknown): TurnstateError {
  const signs = readSaid(event)
  const { requestId, message = '' } = signs
  const code = codeOf({ ...signs, message })
  return new TurnstateError(code, sentenceFor({ code }), {
    ...(requestId === undefined ? {} : { requestId }),
    ...pointerIn(code, message),
    ...said(message),
  })
}

/** A network that gave way: before the answer began, or in its middle. */
export const connectionFailure = (error: unknown, code: 'connection-failed' | 'connection-lost'): TurnstateError =>
  new TurnstateError(code, sentenceFor({ code }), { cause: error, ...said(reasonOf(error)) })

/**
 * The SDK's connection errors are API errors without a status; the network's own carry a system code. What `fetch`
 * throws is a TypeError, as are mistakes in a request: those have no cause, and other words.
 */
function isNetworkError(error: unknown): boolean {
  if (!isObject(error)) return false
  const { cause } = error
  if (error instanceof TypeError) return cause !== undefined || /fetch|network|load failed/i.test(error.message)
  return 'status' in error || 'code' in error || (isObject(cause) && 'code' in cause)
}

/** The client itself would not send the request. */
function beforeSending(error: unknown): TurnstateError {
  const signs = /authentication method|api.?key/i.test(messageOf(error))
  const [code, message] = signs
    ? (['authentication-failed', 'The client has no way to sign requests. Check the API key.'] as const)
    : (['source-failed', 'The client did not send the request.'] as const)
  return new TurnstateError(code, message, { cause: error, ...quoteOf(error) })
}

/** What a message about a request names, in the API's style or those of its gateways. */
function pointerIn(code: TurnstateErrorCode, message: string): { readonly pointer?: string } {
  if (!pointing.has(code)) return {}
  const place = /\bmessages[.[](\d{1,6})\]?(?:[.[]content[.[](\d{1,6}))?/.exec(message)
  if (place) return { pointer: `messages.${place[1]}${place[2] === undefined ? '' : `.content.${place[2]}`}` }
  const field = /^(?:`([a-z][a-z_]{1,60})`|([a-z][a-z_]{1,60})(?:\.[\w.]{1,200})?:)/.exec(message)
  const id = /\b(?:file|toolu|srvtoolu|msg)_[A-Za-z0-9_-]{1,120}/.exec(message)
  if (id) return { pointer: id[0] }
  if (namesContainer.test(message)) return { pointer: 'container' }
  const name = field?.[1] ?? field?.[2]
  if (name !== undefined) return { pointer: name }
  return code === 'compaction-invalid' ? { pointer: 'compaction' } : {}
}

/** Codes of failures that are about something in the request. */
const pointing: ReadonlySet<TurnstateErrorCode> = new Set([
  'request-invalid',
  'thinking-invalid',
  'compaction-invalid',
  'not-found',
  'request-too-large',
])

/** By the word or by an id. A `container_upload` is a block. */
const namesContainer = /\bcontainer(?:s?\b|_(?!upload\b))/i

/**
 * Milliseconds, from `retry-after-ms` or `retry-after` (seconds, or a date). None where the API asks for no wait at all, for one
 * below zero or until a moment that is over: the chart's own backoff counts then, as it does in the SDK.
 */
function readRetryAfter(headers: Headers | undefined): number | undefined {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms > 0 && Number.isFinite(ms)) return ms
  const header = headers?.get('retry-after')
  if (!header) return undefined
  const seconds = Number(header)
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000
  return wait > 0 && Number.isFinite(wait) ? wait : undefined
}

/** The words of the API, as a detail of an error. */
function said(words: string): { readonly quote?: string } {
  const quote = inOneLine(words)
  return quote === '' ? {} : { quote }
}

/** Causes of causes that are read. */
const mostCauses = 5

/** `fetch` says "terminated" or "fetch failed", and keeps the reason below, as does the SDK. */
function reasonOf(error: unknown): string {
  const reasons: string[] = []
  for (let next = error; next !== undefined && reasons.length < mostCauses; next = causeOf(next))
    reasons.push(messageOf(next).trim())
  const [first = '', ...causes] = new Set(reasons.filter((reason) => reason !== ''))
  return causes.length > 0 ? `${first} (${causes.join(': ')})` : first
}

const causeOf = (error: unknown): unknown => (isObject(error) ? error['cause'] : undefined)
