// The id by which a provider finds a request again. What is no id, such as a sentence, is not taken for one.
import { isNameLike } from '../hidden-text.ts'
import { textAs } from './wire-evidence.ts'
import { isObject } from '../objects.ts'

/** The API's own header first, then those of the clouds that it is served from. */
const headerNames = ['request-id', 'x-amzn-requestid', 'apim-request-id', 'x-request-id'] as const

/**
 * From the headers of an answer, or from what a client gave or threw in its place: the SDK has `request_id` and
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
