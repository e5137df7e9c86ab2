// What may be shown of a failure, to whoever looks: records, logs, metrics and answers to other programs ask here.
import { errorConsequences, type Failure, sentenceFor } from './errors.ts'
import { placeholder, shownName } from './hidden-text.ts'
import { withoutSecrets } from './foreign-text.ts'

/** Fields of requests that the API's words may name (its reference of `POST /v1/messages`). */
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
 * A failure as it may be shown. Without the text of the conversation, only what is listed here is left: the code, what the code
 * means, the numbers of the API's answer, its request id and the place in the request that it names. The API may answer with what
 * it was sent, so its words are shown by their length only; so are those of anybody else.
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

/** A place in the request, or a field that requests have. Other names stand in the API's words, which may be anybody's. */
export const shownPointer = (pointer: string): string =>
  /^messages\.\d{1,6}(?:\.content\.\d{1,6})?$/.test(pointer) || requestFields.has(pointer)
    ? pointer
    : placeholder(pointer)

/** Journals of earlier releases, and sources of the app's own, may hold keys in the words of a failure. */
const withoutKeys = (failure: Failure): Failure => ({
  ...failure,
  message: withoutSecrets(failure.message),
  ...(failure.quote === undefined ? {} : { quote: withoutSecrets(failure.quote) }),
})
