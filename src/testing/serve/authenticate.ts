import type { ApiFailure } from '../api/api-errors.ts'

const versions: readonly string[] = ['2023-06-01', '2026-10-21']

const unauthenticated = (message: string): ApiFailure => ({ status: 401, type: 'authentication_error', message })

/** Both headers are accepted: `x-api-key`, and `authorization: Bearer`, which the SDK sends. */
export const checkKey = (
  headers: Readonly<Record<string, string>>,
  apiKeys: readonly string[] | undefined,
): ApiFailure | undefined => {
  const key = headers['x-api-key'] ?? ''
  const bearer = /^bearer\s+(\S.*)$/i.exec(headers['authorization'] ?? '')?.[1] ?? ''
  if (key === '' && bearer === '') return unauthenticated('x-api-key header is required')
  if (apiKeys === undefined || apiKeys.includes(key === '' ? bearer : key)) return undefined
  return unauthenticated(key === '' ? 'Invalid bearer token' : 'invalid x-api-key')
}

export const checkVersion = (headers: Readonly<Record<string, string>>): ApiFailure | undefined => {
  const version = headers['anthropic-version']
  if (version !== undefined && versions.includes(version)) return undefined
  const message =
    version === undefined
      ? 'anthropic-version: header is required'
      : `anthropic-version: "${version}" is not a valid version; it must be one of ${versions.join(', ')}`
  return { status: 400, type: 'invalid_request_error', message }
}
