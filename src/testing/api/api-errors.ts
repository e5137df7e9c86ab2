// The room api/: what belongs to the API itself, independent of scripts: errors, ids, models, turns, fields of requests.
import type { JsonObject } from './json.ts'

/** An error of the API: an HTTP status and the fields of `error`. */
export interface ApiFailure {
  readonly status: number
  readonly type: string
  readonly message: string
  readonly details?: JsonObject
}

const typesByStatus: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error',
}

const messagesByType: Readonly<Record<string, string>> = {
  overloaded_error: 'Overloaded',
  api_error: 'Internal server error',
  rate_limit_error: 'This request would exceed your rate limit. Please try again later.',
}

/** The API's `error.type` for an HTTP status. */
export const errorTypeOf = (status: number): string =>
  typesByStatus[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')

/** The error for a request that the API rejects, with the type of its status. */
export const invalidRequest = (message: string, status = 400): ApiFailure => ({
  status,
  type: errorTypeOf(status),
  message,
})

/** The HTTP status for an `error.type`, for errors of streams that are sent over HTTP. */
export const statusOf = (type: string): number => {
  const known = Object.entries(typesByStatus).find(([, name]) => name === type)
  return known ? Number(known[0]) : type === 'invalid_request_error' ? 400 : 500
}

export const defaultMessageOf = (type: string): string => messagesByType[type] ?? 'A simulated error'

/** The body of an error over HTTP and of an `error` event. */
export const errorBody = (failure: Omit<ApiFailure, 'status'>, requestId: string): JsonObject => ({
  type: 'error',
  error: {
    type: failure.type,
    message: failure.message,
    ...(failure.details && { details: failure.details }),
  },
  request_id: requestId,
})
