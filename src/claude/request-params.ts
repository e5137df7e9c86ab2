import type { MessageRequest, ServerFallback } from '../source/message-source.ts'
import { type CreateParams, toCreateParams } from './sdk-types.ts'
import { isObject } from '../objects.ts'

type Fields = MessageRequest['fields']

/** The body of a request, with the API's field names. */
export function paramsFor(request: MessageRequest): CreateParams {
  const { model, maxTokens, messages, container, fallbacks, creditToken } = request
  const { betas: _, ...fields } = fieldsFor(request)
  return toCreateParams({
    ...fields,
    model,
    max_tokens: maxTokens,
    messages,
    ...(container === null ? {} : { container: inContainer(container, fields['container']) }),
    ...(fallbacks === undefined
      ? {}
      : { fallbacks: fallbacks === 'default' ? fallbacks : fallbacks.map(toFallbackEntry) }),
    // `best_effort`, because an expired token must not fail the request.
    ...(creditToken === undefined ? {} : { fallback_credit_token: { token: creditToken, mode: 'best_effort' } }),
    stream: true,
  })
}

function fieldsFor({ purpose, fields }: MessageRequest): Fields {
  if (purpose === undefined) return fields
  const { tool_choice: _toolChoice, ...rest } = withoutFormat(fields)
  if (purpose === 'compaction') return { ...rest, compaction: { type: 'summarize' } }
  return Array.isArray(fields['tools']) && fields['tools'].length > 0
    ? { ...rest, tool_choice: { type: 'none' } }
    : rest
}

/** The container to reuse, with the skills that the app asks for. */
const inContainer = (id: string, wanted: unknown): unknown => (isObject(wanted) ? { ...wanted, id } : id)

/** Drops the app's settings for the form of replies: a summary does not follow them, and the API rejects them with `compaction`. */
function withoutFormat(fields: Fields): Fields {
  const { stop_sequences: _stops, context_management: _management, output_config: output, ...rest } = fields
  if (!isObject(output)) return rest
  const { format: _format, ...kept } = output
  return Object.keys(kept).length > 0 ? { ...rest, output_config: kept } : rest
}

const toFallbackEntry = ({ model, maxTokens, thinking, outputConfig, speed }: ServerFallback) => ({
  model,
  ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
  ...(thinking === undefined ? {} : { thinking }),
  ...(outputConfig === undefined ? {} : { output_config: outputConfig }),
  ...(speed === undefined ? {} : { speed }),
})
