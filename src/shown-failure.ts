// What may be shown of a failure in records, logs, metrics and answers to other programs.
import { errorConsequences, type Failure, sentenceFor } from './errors.ts'
import { placeholder, shownName } from './hidden-text.ts'
import { withoutSecrets } from './foreign-text.ts'

/** Request fields that a message of the API may name (its reference of `POST /v1/messages`). */
const requestFields: ReadonlySet<string> = new Set([
  'cache_control',
  'compaction',
  'container',
  'context_management',
  'fallbacks',
  'inference_geo',
  'max_tokens',
  'mcp_servers',
  'messages',
  'metadata',
  'model',
  'output_config',
  'service_tier',
  'speed',
  'stop_sequences',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
])

/**
 * A failure as it may be shown. Without `includeText` only these fields remain: the code, its sentence, the numbers of the API's answer, its
 * request id and the place in the request that it names. The API may quote the request in its message, so that text, like any other
 * foreign text, is replaced by its length.
 */
export function shownFailure(failure: Failure, includeText: boolean): Failure {
  if (includeText) return withoutKeys(failure)
  const { code, status, requestId, retryAfter, shouldRetry, pointer, quote, causedBy, factIndex, turnId } = failure
  return {
    code,
    message: sentenceFor(failure),
    ...(typeof status === 'number' ? { status } : {}),
    ...(typeof requestId === 'string' ? { requestId: shownName(requestId) } : {}),
    ...(typeof retryAfter === 'number' ? { retryAfter } : {}),
    ...(typeof shouldRetry === 'boolean' ? { shouldRetry } : {}),
    ...(typeof pointer === 'string' ? { pointer: shownPointer(pointer) } : {}),
    ...(typeof quote === 'string' ? { quote: placeholder(quote) } : {}),
    ...(causedBy !== undefined && Object.hasOwn(errorConsequences, causedBy) ? { causedBy } : {}),
    ...(typeof factIndex === 'number' ? { factIndex } : {}),
    ...(typeof turnId === 'string' ? { turnId } : {}),
  }
}

/** A place in the request or the name of a request field. Any other name may be text of the conversation, and is hidden. */
export const shownPointer = (pointer: string): string =>
  /^messages\.\d{1,6}(?:\.content\.\d{1,6})?$/.test(pointer) || requestFields.has(pointer)
    ? pointer
    : placeholder(pointer)

/** Failures in journals of earlier releases, and of an app's own sources, may contain keys. */
const withoutKeys = (failure: Failure): Failure => ({
  ...failure,
  message: withoutSecrets(failure.message),
  ...(failure.quote === undefined ? {} : { quote: withoutSecrets(failure.quote) }),
})
