// Reads what the API reports about a message beside its content: token counts, service terms, iterations, and data for support.
import type { MessageEvidence } from '../source/message-source.ts'
import {
  type ApiObject,
  type Counts,
  countedAgain,
  isNestedDeeper,
  type Iteration,
  noUsage,
  optionalField,
  type Terms,
} from '../journal/index.ts'
import { isObject } from '../objects.ts'

/** The counts in a `usage` object. A missing, null or invalid one is left out, so that the earlier count is kept. */
export function toUsage(usage: unknown): Counts {
  if (!isObject(usage)) return {}
  const kept = isObject(usage['cache_creation']) ? usage['cache_creation'] : {}
  const written = countOf(usage['cache_creation_input_tokens'])
  const hourly = countOf(kept['ephemeral_1h_input_tokens'])
  // The total is the sum of both parts; some gateways send only the parts.
  const parts = (countOf(kept['ephemeral_5m_input_tokens']) ?? 0) + (hourly ?? 0)
  const details = isObject(usage['output_tokens_details']) ? usage['output_tokens_details'] : {}
  const toolRequests = toolRequestsIn(usage['server_tool_use'])
  return {
    ...optionalField('inputTokens', countOf(usage['input_tokens'])),
    ...optionalField('outputTokens', countOf(usage['output_tokens'])),
    ...optionalField('cacheReadTokens', countOf(usage['cache_read_input_tokens'])),
    ...optionalField('cacheWriteTokens', parts > (written ?? 0) ? parts : written),
    ...optionalField('cacheWrite1hTokens', hourly === 0 ? undefined : hourly),
    ...optionalField('thinkingTokens', countOf(details['thinking_tokens'])),
    ...(toolRequests.length > 0 ? { toolRequests: Object.fromEntries(toolRequests) } : {}),
  }
}

const countOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

/** `web_search_requests: 2` counts requests of the tool `web_search`. Works for any tool with a field of this form. */
const toolRequestsIn = (use: unknown): readonly (readonly [string, number])[] =>
  isObject(use)
    ? Object.entries(use).flatMap(([name, value]) => {
        const requests = countOf(value)
        return requests !== undefined && requests > 0 && name.endsWith('_requests')
          ? [[name.slice(0, -'_requests'.length), requests] as const]
          : []
      })
    : []

/** `usage.service_tier`, `speed` and `inference_geo`. */
function termsOf(usage: unknown): { readonly terms?: Terms } {
  if (!isObject(usage)) return {}
  const terms: Terms = {
    ...textAs('serviceTier', usage['service_tier']),
    ...textAs('speed', usage['speed']),
    ...textAs('inferenceGeo', usage['inference_geo']),
  }
  return Object.keys(terms).length > 0 ? { terms } : {}
}

/** `usage.iterations`: the rounds of the API's own loop, where it reports them. */
export function iterationsOf(usage: ApiObject | undefined): { readonly iterations?: readonly Iteration[] } {
  const rounds: unknown = usage?.['iterations']
  if (!Array.isArray(rounds) || rounds.length === 0) return {}
  return {
    iterations: rounds.filter(isObject).map((round) => ({
      type: typeof round['type'] === 'string' ? round['type'] : 'unknown',
      ...textAs('model', round['model']),
      usage: countedAgain(noUsage, toUsage(round)),
    })),
  }
}

/** Reads `message` of `message_start`, or a `message_delta`, whose container is in its `delta`. */
export function evidenceOf(holder: ApiObject | undefined, container = holder?.['container']): MessageEvidence {
  const management: unknown = holder?.['context_management']
  return {
    usage: toUsage(holder?.['usage']),
    ...termsOf(holder?.['usage']),
    ...(isObject(container)
      ? { ...textAs('container', container['id']), ...textAs('containerExpiresAt', container['expires_at']) }
      : {}),
    ...listAs('appliedEdits', isObject(management) ? management['applied_edits'] : undefined),
    ...listAs('inputTransformations', holder?.['input_transformations']),
  }
}

/** A field with this name, if the value is a non-empty text. */
export const textAs = <Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } =>
  optionalField(name, typeof value === 'string' && value !== '' ? value : undefined)

/** A field with the objects of a list that can be stored. Objects that are nested too deeply are left out. */
function listAs<Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: readonly ApiObject[] } {
  const objects: readonly ApiObject[] = Array.isArray(value)
    ? value.filter(isObject).filter((each) => !isNestedDeeper(each))
    : []
  return optionalField(name, objects.length > 0 ? objects : undefined)
}
