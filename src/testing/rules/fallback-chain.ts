import { isObject, isText, type JsonObject, objectsOf } from '../api/json.ts'
import type { ModelRules } from '../api/models.ts'

/** An entry of `fallbacks`: the model, and the fields that it overrides. */
export interface FallbackEntry extends JsonObject {
  readonly model: string
}

export const maxFallbacks = 3

/** The models that may answer if the first one refuses, in order; empty for a request without `fallbacks`. */
export const fallbackChain = (body: JsonObject, rules: ModelRules): readonly FallbackEntry[] => {
  const { fallbacks } = body
  if (fallbacks === 'default') return rules.fallbackTargets.slice(0, maxFallbacks).map((model) => ({ model }))
  return objectsOf(fallbacks).flatMap(({ object }) =>
    isText(object['model']) ? [{ ...object, model: object['model'] }] : [],
  )
}

const takesThinking = (type: unknown, rules: ModelRules): boolean =>
  isText(type) && !rules.rejectedThinking.includes(type)

const thinkingFor = (entry: FallbackEntry, thinking: unknown, rules: ModelRules): unknown => {
  if (entry['thinking'] !== undefined) return entry['thinking'] ?? undefined
  const type = isObject(thinking) ? thinking['type'] : undefined
  if (takesThinking(type, rules)) return thinking
  return type === 'between_tools' && takesThinking('disabled', rules) ? { type: 'disabled' } : undefined
}

const isHighEffort = (config: JsonObject): boolean => config['effort'] === 'xhigh' || config['effort'] === 'max'

const outputFor = (entry: FallbackEntry, output: unknown, thinking: unknown, rules: ModelRules): unknown => {
  const own = entry['output_config']
  if (own === null) return undefined
  const given = isObject(output) ? output : {}
  const off = isObject(thinking) && thinking['type'] === 'disabled' && rules.disabledUpToHigh
  // Inherited fields that the model does not accept are left out; those of the entry itself stay, and may be rejected.
  const { effort, ...others } = given
  const inherited = effort === undefined || !rules.effort || (off && isHighEffort(given)) ? others : given
  const merged = { ...inherited, ...(isObject(own) ? own : {}) }
  const kept = Object.entries(merged).filter(([, value]) => value !== null)
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}

/** The request for a fallback model: the fields of its entry, and those of the request that the model accepts. */
export const bodyForFallback = (body: JsonObject, entry: FallbackEntry, rules: ModelRules): JsonObject => {
  const { fallbacks: _, thinking, output_config: output, ...rest } = body
  const ownThinking = thinkingFor(entry, thinking, rules)
  const ownOutput = outputFor(entry, output, ownThinking, rules)
  return {
    ...rest,
    model: entry.model,
    max_tokens: entry['max_tokens'] ?? rest['max_tokens'],
    ...(ownThinking !== undefined && { thinking: ownThinking }),
    ...(ownOutput !== undefined && { output_config: ownOutput }),
    ...((entry['speed'] ?? null) !== null && { speed: entry['speed'] }),
  }
}
