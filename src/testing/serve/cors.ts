import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiFailure } from '../api/api-errors.ts'

/** What browsers may ask the API directly: the header that says so, and the answers. Reported, the wording too. */
const permission = 'anthropic-dangerous-direct-browser-access'

const allowAll = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
} as const

/** Whether a request comes from a page: browsers name its origin with every request that is not for the page's own. */
const isFromPage = ({ headers }: IncomingMessage): boolean => headers.origin !== undefined

/**
 * Answers a preflight as the API does: every header that it asks for is allowed, and the request itself is where a
 * missing permission shows. False where the request is none.
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

/** Lets a page read the answer, if the request says that it knows the danger; otherwise it is denied. */
export const permitPage = (incoming: IncomingMessage, response: ServerResponse): ApiFailure | undefined => {
  if (!isFromPage(incoming)) return undefined
  if (incoming.headers[permission] === 'true') {
    for (const [name, value] of Object.entries(allowAll)) response.setHeader(name, value)
    return undefined
  }
  return { status: 401, type: 'authentication_error', message: `CORS requests must set '${permission}' header` }
}
