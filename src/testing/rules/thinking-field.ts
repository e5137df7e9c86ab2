// The request field `thinking`.
import { isObject, isText } from '../api/json.ts'
import { extraInput, type ModelRule, type Rule } from './rule.ts'

const thinkingTypes: readonly string[] = ['adaptive', 'between_tools', 'disabled', 'enabled']

export const bindingBeta = 'thinking-binding-controls-2026-08-01'

const bindingShape = (given: unknown, type: string, betas: readonly string[]): string | undefined => {
  const place = `thinking.${type}.block_binding`
  if (given === undefined) return undefined
  if (!betas.includes(bindingBeta) || (type !== 'adaptive' && type !== 'enabled')) return extraInput(place)
  if (given === null) return undefined
  if (!isObject(given)) return `${place}: Input should be an object`
  const stranger = Object.keys(given).find((name) => name !== 'prefix_mismatch_behavior')
  if (stranger !== undefined) return extraInput(`${place}.${stranger}`)
  return ['drop_block', 'error', null, undefined].some((value) => value === given['prefix_mismatch_behavior'])
    ? undefined
    : `${place}.prefix_mismatch_behavior: Input should be 'error' or 'drop_block'`
}

/** What is wrong with `thinking` for any model. */
export const thinkingShape: Rule = ({ body, betas }) => {
  const thinking = body['thinking']
  if (!isObject(thinking)) return undefined
  const { type, budget_tokens: budget } = thinking
  if (type === undefined) return "thinking: Unable to extract tag using discriminator 'type'"
  if (!isText(type) || !thinkingTypes.includes(type))
    return `thinking: Input tag '${isText(type) ? type : JSON.stringify(type)}' found using 'type' does not match any of the expected tags: ${thinkingTypes.map((name) => `'${name}'`).join(', ')}`
  const misbound = bindingShape(thinking['block_binding'], type, betas)
  if (misbound !== undefined) return misbound
  if (type !== 'enabled') return undefined
  if (budget === undefined) return 'thinking.enabled.budget_tokens: Field required'
  if (typeof budget !== 'number' || budget < 1024)
    return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024'
  return Number(body['max_tokens']) <= budget ? '`max_tokens` must be greater than `thinking.budget_tokens`' : undefined
}

const isHighEffort = (config: unknown): boolean =>
  isObject(config) && (config['effort'] === 'xhigh' || config['effort'] === 'max')

export const thinkingOfModel: ModelRule = ({ body, rules }) => {
  const type = isObject(body['thinking']) ? body['thinking']['type'] : undefined
  if (!isText(type)) return undefined
  if (rules.rejectedThinking.includes(type))
    return type === 'enabled'
      ? '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
      : `"thinking.type.${type}" is not supported for this model.`
  const bounded = type === 'between_tools' || (type === 'disabled' && rules.disabledUpToHigh)
  return bounded && isHighEffort(body['output_config'])
    ? `"thinking.type.${type}" is only supported for this model when "output_config.effort" is "high" or lower.`
    : undefined
}
