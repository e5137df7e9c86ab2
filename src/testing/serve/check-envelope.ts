// What the API checks before it reads a body: the route, the key, the size, the version.
import { type ApiFailure, invalidRequest } from '../api/api-errors.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { RequestBody } from './read-body.ts'

const versions: readonly string[] = ['2023-06-01', '2026-10-21']

const unauthenticated = (message: string): ApiFailure => ({ status: 401, type: 'authentication_error', message })

/** Both headers are accepted: `x-api-key`, and `authorization: Bearer`, which the SDK sends. */
const checkKey = (
  headers: Readonly<Record<string, string>>,
  apiKeys: readonly string[] | undefined,
): ApiFailure | undefined => {
  const key = headers['x-api-key'] ?? ''
  const bearer = /^bearer\s+(\S.*)$/i.exec(headers['authorization'] ?? '')?.[1] ?? ''
  if (key === '' && bearer === '') return unauthenticated('x-api-key header is required')
  if (apiKeys === undefined || apiKeys.includes(key === '' ? bearer : key)) return undefined
  return unauthenticated(key === '' ? 'Invalid bearer token' : 'invalid x-api-key')
}

const checkVersion = (headers: Readonly<Record<string, string>>): ApiFailure | undefined => {
  const version = headers['anthropic-version']
  if (version !== undefined && versions.includes(version)) return undefined
  const message =
    version === undefined
      ? 'anthropic-version: header is required'
      : `anthropic-version: "${version}" is not a valid version; it must be one of ${versions.join(', ')}`
  return invalidRequest(message)
}

/** What is wrong with the path or the method. */
export const routeProblem = ({ method, path }: Pick<RecordedRequest, 'method' | 'path'>): ApiFailure | undefined => {
  if (path.split('?')[0] !== '/v1/messages') return invalidRequest('Not Found', 404)
  return method === 'POST' ? undefined : invalidRequest('Method Not Allowed', 405)
}

/** What is wrong with a request, without reading its body. */
export const envelopeProblem = (
  request: RecordedRequest,
  body: RequestBody,
  apiKeys: readonly string[] | undefined,
): ApiFailure | undefined => {
  const denied = routeProblem(request) ?? checkKey(request.headers, apiKeys)
  if (denied) return denied
  if (body.tooLarge) return invalidRequest('Request exceeds the maximum allowed number of bytes.', 413)
  if (body.overloaded) return invalidRequest('Overloaded', 529)
  return checkVersion(request.headers)
}
