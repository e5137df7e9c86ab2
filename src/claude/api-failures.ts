// Maps errors of the API, the SDK and the network to error codes. Errors are recognised by their fields, not by their class:
// the app may use another copy of the SDK than the one that types this file.
import { messageOf, quoteOf, sentenceFor, TurnstateError, type TurnstateErrorCode } from '../errors.ts'
import { codeOf } from './failure-codes.ts'
import { inOneLine } from './one-line.ts'
import { readSaid, readThrown } from './read-thrown.ts'
import { isObject } from '../objects.ts'

/** Converts anything that the SDK threw for a request into a TurnstateError. */
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
 * Converts an error event inside a stream, in any known form, into a TurnstateError. The response's HTTP status was already 200;
 * gateways put the status that they received into the event.
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

/** The error for a network failure, before the response began or during it. */
export const connectionFailure = (error: unknown, code: 'connection-failed' | 'connection-lost'): TurnstateError =>
  new TurnstateError(code, sentenceFor({ code }), { cause: error, ...said(reasonOf(error)) })

/**
 * The SDK's connection errors are API errors without a status; the network's own carry a system code. `fetch` throws a
 * TypeError for network failures and for invalid requests; the latter have no cause and a different message.
 */
function isNetworkError(error: unknown): boolean {
  if (!isObject(error)) return false
  const { cause } = error
  if (error instanceof TypeError) return cause !== undefined || /fetch|network|load failed/i.test(error.message)
  return 'status' in error || 'code' in error || (isObject(cause) && 'code' in cause)
}

/** The error for a request that the client refused to send. */
function beforeSending(error: unknown): TurnstateError {
  const lacksCredentials = /authentication method|api.?key/i.test(messageOf(error))
  const [code, message] = lacksCredentials
    ? (['authentication-failed', 'The client has no way to sign requests. Check the API key.'] as const)
    : (['source-failed', 'The client did not send the request.'] as const)
  return new TurnstateError(code, message, { cause: error, ...quoteOf(error) })
}

/** Finds the part of the request that the error message names, in the format of the API or of a gateway. */
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

/** Codes of failures that may concern one part of the request. */
const pointing: ReadonlySet<TurnstateErrorCode> = new Set([
  'request-invalid',
  'thinking-invalid',
  'compaction-invalid',
  'not-found',
  'request-too-large',
])

/** Matches the word or an id. `container_upload` is a type of block, not a container. */
const namesContainer = /\bcontainer(?:s?\b|_(?!upload\b))/i

/**
 * Milliseconds, from `retry-after-ms` or `retry-after` (seconds, or a date). `undefined` for a missing, zero, negative or past
 * value: the chart's own backoff applies then, as it does in the SDK.
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

/** The API's message, as a detail of an error. */
function said(words: string): { readonly quote?: string } {
  const quote = inOneLine(words)
  return quote === '' ? {} : { quote }
}

/** How many nested causes are read. */
const mostCauses = 5

/** Joins the messages of an error and its causes: `fetch` says only "terminated" or "fetch failed", and so does the SDK. */
function reasonOf(error: unknown): string {
  const reasons: string[] = []
  for (let next = error; next !== undefined && reasons.length < mostCauses; next = causeOf(next))
    reasons.push(messageOf(next).trim())
  const [first = '', ...causes] = new Set(reasons.filter((reason) => reason !== ''))
  return causes.length > 0 ? `${first} (${causes.join(': ')})` : first
}

const causeOf = (error: unknown): unknown => (isObject(error) ? error['cause'] : undefined)
