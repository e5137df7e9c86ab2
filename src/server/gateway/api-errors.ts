// Errors, as the Messages API has them.
import { TurnstateError } from '../../errors.ts'
import { problemOf, toTurnstateError } from '../problems.ts'

/** The body of an error. */
interface ApiError {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string }
  readonly [field: string]: unknown
}

const types: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
}

/** What the API may say about a request; everything else is a trouble between it and the server. */
const passed = new Set([400, 404, 413, 422, 429, 529])

const statusOf = (error: TurnstateError): number => {
  const { status } = error.details
  if (status !== undefined) return passed.has(status) ? status : 502
  const own = problemOf(error).status
  return own === 422 ? 400 : own
}

/** An error as the body of an answer. */
export function apiErrorOf(thrown: unknown): { readonly status: number; readonly body: ApiError } {
  const error = toTurnstateError(thrown)
  const status = statusOf(error)
  const type = types[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  return { status, body: { type: 'error', error: { type, message: problemOf(error).detail } } }
}

/**
 * The API's own answer to a client that wants it to keep the conversation in a thread, for one that can't be kept there. The SDK's helpers
 * send the whole history then, as they do without threads. A thread would keep what was refused.
 */
export const threadsUnsupported = (): Response =>
  Response.json(
    {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'thread: this conversation is kept by the server.',
        details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
      },
    },
    { status: 400 },
  )

/**
 * An answer with an error. The conversation has tried again as often as it may, so clients are told not to, unless nothing was asked.
 *
 * @param mayRetry nothing was asked
 */
export function errorResponse(thrown: unknown, mayRetry: boolean): Response {
  const { status, body } = apiErrorOf(thrown)
  const wait = TurnstateError.is(thrown) ? thrown.details.retryAfter : undefined
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      'content-type': 'application/json',
      ...(mayRetry ? {} : { 'x-should-retry': 'false' }),
      ...(wait === undefined ? {} : { 'retry-after': String(Math.ceil(wait / 1000)) }),
    },
  })
}
