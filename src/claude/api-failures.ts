// What the API, the SDK or the network threw, as one of our codes. Errors are told apart by what they carry, not by
// their class: the app's copy of the SDK may be another than the one that types this file.
import { messageOf, TurnstateError, type TurnstateErrorCode } from '../errors.ts'
import { codeOf, longestMessage } from './failure-codes.ts'
import { inOneLine } from './one-line.ts'
import { isObject, readSaid, readThrown } from './read-thrown.ts'

const advice: Partial<Record<TurnstateErrorCode, string>> = {
  'request-invalid': 'The request as it is will not be accepted: change what the message says is wrong.',
  'prompt-too-long':
    'The conversation is longer than the model takes: compact() or clear() it, start a new one, or set onOverflow to "compact".',
  'compaction-invalid': 'The summary in the history is not taken any more: clear() it, or compact() again.',
  'thinking-invalid': 'The thinking in the history was signed for another one: clear() it.',
  'authentication-failed': 'Check the API key.',
  'billing-failed': 'Check the billing of the account: it may be out of credits.',
  'organization-on-hold': 'The account itself may make no requests: ask its administrators, or the support of the API.',
  'permission-denied': 'This key may not do that: check its workspace and the model.',
  'not-found': 'Something that the request names is not there, or the base URL leads elsewhere: check both.',
  'model-not-found': 'Check the name of the model (setModel(), then retry()), and the base URL.',
  'request-too-large': 'Send less at once: smaller files, or fewer.',
  'spend-limit-reached': 'The spend limit has to be raised, or its month to end.',
}

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
  return new TurnstateError(code, sentence(code, message, status, retryAfter), {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(requestId === undefined ? {} : { requestId }),
    ...pointerIn(code, message),
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(shouldRetry === 'true' || shouldRetry === 'false' ? { shouldRetry: shouldRetry === 'true' } : {}),
  })
}

/**
 * The failure that an error inside a stream tells of, whatever form it has. The HTTP status of the answer was 200 by then; gateways
 * name the one that they got.
 */
export function streamError(said: unknown): TurnstateError {
  const signs = readSaid(said)
  const { requestId, message = 'no message' } = signs
  const code = codeOf({ ...signs, message })
  return new TurnstateError(code, sentence(code, message, undefined, undefined), {
    ...(requestId === undefined ? {} : { requestId }),
    ...pointerIn(code, message),
  })
}

/** A network that gave way: before the answer began, or in its middle. */
export function connectionFailure(error: unknown, code: 'connection-failed' | 'connection-lost'): TurnstateError {
  const what =
    code === 'connection-failed' ? 'The API could not be reached' : 'The connection was lost in the middle of the reply'
  return new TurnstateError(code, `${what}: ${reasonOf(error)}. Check the network and the address, then try again.`, {
    cause: error,
  })
}

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
  const message = messageOf(error)
  return /authentication method|api.?key/i.test(message)
    ? new TurnstateError('authentication-failed', `The client has no way to sign requests: ${message}`, {
        cause: error,
      })
    : new TurnstateError('source-failed', `The client did not send the request: ${message}`, { cause: error })
}

/** What a message about a request names, in the API's style or those of its gateways. */
function pointerIn(code: TurnstateErrorCode, message: string): { readonly pointer?: string } {
  if (!pointing.has(code)) return {}
  const said = message.slice(0, longestMessage)
  const place = /\bmessages[.[](\d{1,6})\]?(?:[.[]content[.[](\d{1,6}))?/.exec(said)
  if (place) return { pointer: `messages.${place[1]}${place[2] === undefined ? '' : `.content.${place[2]}`}` }
  const field = /^(?:`([a-z][a-z_]{1,60})`|([a-z][a-z_]{1,60})(?:\.[\w.]{1,200})?:)/.exec(said)
  const id = /\b(?:file|toolu|srvtoolu|msg)_[A-Za-z0-9_-]{1,120}/.exec(said)
  if (id) return { pointer: id[0] }
  if (namesContainer.test(said)) return { pointer: 'container' }
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

function sentence(
  code: TurnstateErrorCode,
  message: string,
  status: number | undefined,
  retryAfter: number | undefined,
): string {
  const said = `The API answered${status === undefined ? '' : ` ${status}`}: ${inOneLine(message).replace(/[.\s]+$/, '')}.`
  const when = retryAfter === undefined ? '' : ` It asks to come back in ${Math.ceil(retryAfter / 1000)} s.`
  return [`${said}${when}`, advice[code] ?? (retryAfter === undefined ? 'Try again later.' : '')].join(' ').trim()
}

/** `fetch` says "terminated" or "fetch failed", and keeps the reason below, as does the SDK. */
function reasonOf(error: unknown): string {
  const reasons = [messageOf(error)]
  for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) reasons.push(messageOf(cause))
  const said = [...new Set(reasons.map((reason) => reason.replace(/\.$/, '')).filter((reason) => reason !== ''))]
  return said.length > 1 ? `${said[0]} (${said.slice(1).join(': ')})` : (said[0] ?? 'no reason given')
}

const causeOf = (error: unknown): unknown => (isObject(error) ? error['cause'] : undefined)
