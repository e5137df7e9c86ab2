// The id by which a provider identifies a request. A value that does not look like an id, such as a sentence, is ignored.
import { isNameLike } from '../hidden-text.ts'
import { textAs } from './wire-evidence.ts'
import { isObject } from '../objects.ts'

/** The API's own header first, then those of the clouds that it is served from. */
const headerNames = ['request-id', 'x-amzn-requestid', 'apim-request-id', 'x-request-id'] as const

/**
 * Reads the id from the headers of a response, or from the value that a client returned or threw: the SDK has `request_id` and
 * `requestID` there, AWS's own clients have `$metadata.requestId`.
 */
export function requestIdOf(headers: Headers | undefined, given?: unknown): { readonly requestId?: string } {
  const inHeaders = headerNames.map((name) => headers?.get(name) ?? '').find(isNameLike)
  if (inHeaders !== undefined) return { requestId: inHeaders }
  if (!isObject(given)) return {}
  const metadata = isObject(given['$metadata']) ? given['$metadata'] : {}
  const ids = [given['requestID'], given['request_id'], given['_request_id'], metadata['requestId']]
  return textAs(
    'requestId',
    ids.find((value) => typeof value === 'string' && isNameLike(value)),
  )
}
