// What the API says of a message beside its content: counts, terms, rounds, and what its support asks for.
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

/** Counts that are there; a missing, null or impossible one leaves the earlier count standing. */
export function toUsage(usage: unknown): Counts {
  if (!isObject(usage)) return {}
  const kept = isObject(usage['cache_creation']) ? usage['cache_creation'] : {}
  const written = countOf(usage['cache_creation_input_tokens'])
  const hourly = countOf(kept['ephemeral_1h_input_tokens'])
  // The total is the sum of both; through some gateways only the parts arrive.
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

/** `web_search_requests: 2` counts the tool `web_search`, and so does any tool of tomorrow. */
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

/** `usage.iterations`: the rounds of the API's own loop, where it tells them. */
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

/** What stands in `message` of `message_start`, or beside `usage` in `message_delta`; the container stands in its `delta`. */
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

/** A text that is there and not empty, under our name. */
export const textAs = <Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: string } =>
  optionalField(name, typeof value === 'string' && value !== '' ? value : undefined)

/** Objects that can be stored: nothing walks data that is nested without an end. */
function listAs<Name extends string>(name: Name, value: unknown): { readonly [name in Name]?: readonly ApiObject[] } {
  const objects: readonly ApiObject[] = Array.isArray(value)
    ? value.filter(isObject).filter((each) => !isNestedDeeper(each))
    : []
  return optionalField(name, objects.length > 0 ? objects : undefined)
}
