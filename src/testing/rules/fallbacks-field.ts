import { fallbackChain, maxFallbacks } from './fallback-chain.ts'
import { isObject, isText, type JsonObject, listOf } from '../api/json.ts'
import { extraInput, missingField, type ModelRequest, type Rule } from './rule.ts'

const newer = 'server-side-fallback-2026-07-01'
export const fallbackBetas: readonly string[] = [newer, 'server-side-fallback-2026-06-01']

const orNull =
  (holds: (value: unknown) => boolean) =>
  (value: unknown): boolean =>
    value === null || holds(value)

const overrides: Readonly<Record<string, readonly [(value: unknown) => boolean, string]>> = {
  model: [isText, 'Input should be a valid string'],
  max_tokens: [
    orNull((value) => Number.isSafeInteger(value) && Number(value) > 0),
    'Input should be a valid integer greater than or equal to 1',
  ],
  thinking: [orNull(isObject), 'Input should be an object'],
  output_config: [orNull(isObject), 'Input should be an object'],
  speed: [orNull((value) => value === 'standard' || value === 'fast'), "Input should be 'standard' or 'fast'"],
}

const checkEntry = (entry: unknown, place: string): string | undefined => {
  if (!isObject(entry)) return `${place}: Input should be a valid dictionary or object to extract fields from`
  if (entry['model'] === undefined) return missingField(`${place}.model`)
  for (const [name, value] of Object.entries(entry)) {
    const rule = Object.hasOwn(overrides, name) ? overrides[name] : undefined
    if (!rule) return extraInput(`${place}.${name}`)
    if (!rule[0](value)) return `${place}.${name}: ${rule[1]}`
  }
  return undefined
}

/** The shape of `fallbacks`, and the beta header that each form needs. */
export const fallbacksShape: Rule = ({ body, betas }) => {
  const { fallbacks } = body
  if (fallbacks === 'default')
    return betas.includes(newer) ? undefined : `fallbacks: "default" requires the header anthropic-beta: ${newer}`
  const entries = listOf(fallbacks)
  if (Array.isArray(fallbacks) && (entries.length === 0 || entries.length > maxFallbacks))
    return `fallbacks: List should have 1 to ${maxFallbacks} items, not ${entries.length}`
  for (const [index, entry] of entries.entries()) {
    const problem = checkEntry(entry, `fallbacks.${index}`)
    if (problem !== undefined) return problem
  }
  const models = entries.map((entry) => (isObject(entry) ? entry['model'] : undefined))
  const twice = models.findIndex((model, index) => models.indexOf(model) !== index)
  return twice < 0 ? undefined : `fallbacks.${twice}.model: each fallback model may be listed only once`
}

/** The models that may take over from the requested model. */
export const fallbackModels = ({ body, model, rules }: ModelRequest): string | undefined => {
  if (!Array.isArray(body['fallbacks'])) return undefined
  if (rules.fallbackTargets.length === 0) return `fallbacks: ${model} does not support fallbacks`
  const entries: readonly JsonObject[] = fallbackChain(body, rules)
  const stranger = entries.findIndex((entry) => !rules.fallbackTargets.includes(String(entry['model'])))
  return stranger < 0
    ? undefined
    : `fallbacks.${stranger}.model: ${String(entries[stranger]?.['model'])} is not a permitted fallback for ${model}; permitted are ${rules.fallbackTargets.join(', ')}`
}
