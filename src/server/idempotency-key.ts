import type { HonoRequest } from 'hono'
import { TurnstateError } from '../errors.ts'

/** The most characters of an idempotency key. */
const longestKey = 255

/** The key of a request; `null` if it has none. @throws TurnstateError `request-malformed` */
export function readKey(request: HonoRequest): string | null {
  const key = request.header('idempotency-key')
  if (key === undefined) return null
  if (key !== '' && key.length <= longestKey) return key
  throw new TurnstateError('request-malformed', `An Idempotency-Key is a text of 1 to ${longestKey} characters.`)
}
