import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiFailure } from '../api/api-errors.ts'

/** The header that lets a browser call the API directly. It and the wording of the error are reported. */
const permission = 'anthropic-dangerous-direct-browser-access'

const allowAll = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
} as const

/** Whether a request comes from a web page: browsers send the page's origin with every cross-origin request. */
const isFromPage = ({ headers }: IncomingMessage): boolean => headers.origin !== undefined

/**
 * Answers a preflight request as the API does: all requested headers are allowed, and a missing permission shows in the
 * request itself. Returns false for other requests.
 */
export const answerPreflight = (incoming: IncomingMessage, response: ServerResponse): boolean => {
  const { method, headers } = incoming
  if (method !== 'OPTIONS' || !isFromPage(incoming) || headers['access-control-request-method'] === undefined)
    return false
  response.writeHead(204, {
    ...allowAll,
    'access-control-allow-methods': 'POST',
    'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '600',
    vary: 'access-control-request-headers',
  })
  response.end()
  return true
}

/** Lets a page read the answer if its request has the permission header; otherwise returns the error. */
export const permitPage = (incoming: IncomingMessage, response: ServerResponse): ApiFailure | undefined => {
  if (!isFromPage(incoming)) return undefined
  if (incoming.headers[permission] === 'true') {
    for (const [name, value] of Object.entries(allowAll)) response.setHeader(name, value)
    return undefined
  }
  return { status: 401, type: 'authentication_error', message: `CORS requests must set '${permission}' header` }
}
