// What the API, the SDK or the network threw, as one of our codes. Errors are told apart by what they carry, not by
// their class: the app's copy of the SDK may be another than the one that types this file.
import { messageOf, TurnstateError, type TurnstateErrorCode } from '../errors.ts'
import { requestIdOf } from './request-id.ts'

/** `error.type` of the API to our code. The same table serves HTTP errors and `error` events inside a stream. */
const codeOfType: Readonly<Record<string, TurnstateErrorCode>> = {
  invalid_request_error: 'request-invalid',
  authentication_error: 'authentication-failed',
  billing_error: 'billing-failed',
  permission_error: 'permission-denied',
  not_found_error: 'not-found',
  conflict_error: 'api-error',
  request_too_large: 'request-too-large',
  rate_limit_error: 'rate-limited',
  api_error: 'api-error',
  timeout_error: 'api-error',
  overloaded_error: 'overloaded',
}

const codeOfStatus: Readonly<Record<number, TurnstateErrorCode>> = {
  400: 'request-invalid',
  401: 'authentication-failed',
  402: 'billing-failed',
  403: 'permission-denied',
  404: 'not-found',
  408: 'api-error',
  409: 'api-error',
  413: 'request-too-large',
  422: 'request-invalid',
  429: 'rate-limited',
  529: 'overloaded',
}

/** Limits that a wait of seconds does not lift (`details.error_code` of a 429). */
const spendLimits = new Set(['contract_spend_limit_reached', 'enforced_spend_limit_reached'])

/** What is wrong with a `compaction` block of the history (`details.error_code` of a 400, in the SDK's table of errors). */
const compactionErrors = new Set([
  'compaction_signature_invalid',
  'compaction_block_ambiguous',
  'compaction_block_misplaced',
])

const advice: Partial<Record<TurnstateErrorCode, string>> = {
  'request-invalid': 'The request as it is will not be accepted: change what the message says is wrong.',
  'prompt-too-long':
    'The conversation is longer than the model takes: compact() or clear() it, start a new one, or set onOverflow to "compact".',
  'compaction-invalid': 'The summary in the history is not taken any more: clear() it, or compact() again.',
  'thinking-invalid': 'The thinking in the history was signed for another one: clear() it.',
  'authentication-failed': 'Check the API key.',
  'billing-failed': 'Check the billing of the account.',
  'permission-denied': 'This key may not do that: check its workspace and the model.',
  'not-found': 'Something that the request names is not there, or the base URL leads elsewhere: check both.',
  'model-not-found': 'Check the name of the model (setModel(), then retry()), and the base URL.',
  'request-too-large': 'Send less at once: smaller files, or fewer.',
  'spend-limit-reached': 'The spend limit has to be raised, or its month to end.',
}

/** The failure of a request, from whatever the SDK threw. */
export function requestFailure(error: unknown): TurnstateError {
  if (TurnstateError.is(error)) return error
  const { status, type, message, errorCode, headers, requestId } = readError(error)
  if (status === undefined && type === undefined)
    return isNetworkError(error) ? connectionFailure(error, 'connection-failed') : beforeSending(error)
  const code = codeFor(status, type, message, errorCode)
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

/** The failure that an `error` event inside a stream tells of. The HTTP status was 200 by then. */
export function streamError(error: unknown, requestId?: string): TurnstateError {
  const { type, message } = isObject(error) ? error : {}
  const said = typeof message === 'string' ? message : 'no message'
  const code = codeFor(undefined, typeof type === 'string' ? type : undefined, said, undefined)
  return new TurnstateError(code, sentence(code, said, undefined, undefined), {
    ...(requestId === undefined ? {} : { requestId }),
    ...pointerIn(code, said),
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

interface ThrownByTheSdk {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly message: string
  readonly errorCode: string | undefined
  readonly headers: Headers | undefined
  readonly requestId: string | undefined
}

function readError(error: unknown): ThrownByTheSdk {
  const thrown = isObject(error) ? error : {}
  const body = isObject(thrown['error']) ? thrown['error'] : {}
  const inner = isObject(body['error']) ? body['error'] : body
  const details = isObject(inner['details']) ? inner['details'] : {}
  const headers = thrown['headers'] instanceof Headers ? thrown['headers'] : undefined
  return {
    status: typeof thrown['status'] === 'number' ? thrown['status'] : undefined,
    type: text(inner['type']) ?? text(thrown['type']),
    message: text(inner['message']) ?? messageOf(error),
    errorCode: text(details['error_code']),
    headers,
    requestId: requestIdOf(headers, thrown).requestId ?? text(body['request_id']),
  }
}

function codeFor(
  status: number | undefined,
  type: string | undefined,
  message: string,
  errorCode: string | undefined,
): TurnstateErrorCode {
  if (errorCode !== undefined && spendLimits.has(errorCode)) return 'spend-limit-reached'
  if (errorCode !== undefined && compactionErrors.has(errorCode)) return 'compaction-invalid'
  const code =
    (type === undefined ? undefined : codeOfType[type]) ??
    (status === undefined ? undefined : codeOfStatus[status]) ??
    (status !== undefined && status < 500 ? 'request-invalid' : 'api-error')
  // The API has no codes of its own for these.
  if (code === 'not-found') return isAboutModel.test(message) ? 'model-not-found' : code
  if (code !== 'request-invalid') return code
  if (/prompt is too long/i.test(message)) return 'prompt-too-long'
  if (isAboutCompaction.test(message)) return 'compaction-invalid'
  return isAboutThinking.some((words) => words.test(message)) ? 'thinking-invalid' : code
}

const isAboutModel = /^model:|\bmodel\b.{0,200}\b(?:not found|not exist|not available|unknown)\b/i

const isAboutCompaction = /invalid `signature` in `compaction` block|\bcompaction block\b/i

/** Each wording in which the API was seen to object to the thinking of a history. */
const isAboutThinking: readonly RegExp[] = [
  /invalid `signature` in `thinking` block/i,
  /invalid `data` in `redacted_thinking` block/i,
  /`thinking` or `redacted_thinking` blocks .{0,200} cannot be modified/i,
]

/** Longer words are an echo of the request. */
const longestMessage = 2_000

/** What a message about a request names, in the API's style or those of its gateways. */
function pointerIn(code: TurnstateErrorCode, message: string): { readonly pointer?: string } {
  if (!['request-invalid', 'thinking-invalid', 'compaction-invalid', 'not-found', 'request-too-large'].includes(code))
    return {}
  const said = message.slice(0, longestMessage)
  const place = /\bmessages[.[](\d{1,6})\]?(?:[.[]content[.[](\d{1,6}))?/.exec(said)
  if (place) return { pointer: `messages.${place[1]}${place[2] === undefined ? '' : `.content.${place[2]}`}` }
  const field = /^(?:`([a-z][a-z_]{1,60})`|([a-z][a-z_]{1,60})(?:\.[\w.]{1,200})?:)/.exec(said)
  const id = /\b(?:file|toolu|srvtoolu|msg)_[A-Za-z0-9_-]{1,120}/.exec(said)
  if (id) return { pointer: id[0] }
  if (/\bcontainer\b/i.test(said)) return { pointer: 'container' }
  const name = field?.[1] ?? field?.[2]
  return name === undefined ? {} : { pointer: name }
}

/** Milliseconds, from `retry-after-ms` or `retry-after` (seconds, or a date). */
function readRetryAfter(headers: Headers | undefined): number | undefined {
  const ms = Number.parseFloat(headers?.get('retry-after-ms') ?? '')
  if (ms >= 0 && Number.isFinite(ms)) return ms
  const header = headers?.get('retry-after')
  if (!header) return undefined
  const seconds = Number(header)
  const wait = Number.isNaN(seconds) ? Date.parse(header) - Date.now() : seconds * 1000
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined
}

function sentence(
  code: TurnstateErrorCode,
  message: string,
  status: number | undefined,
  retryAfter: number | undefined,
): string {
  const said = `The API answered${status === undefined ? '' : ` ${status}`}: ${message.trim().replace(/[.\s]+$/, '')}.`
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

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
