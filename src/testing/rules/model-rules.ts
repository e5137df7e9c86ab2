import { isObject, isText, objectsOf } from '../api/json.ts'
import { estimateInput } from './usage.ts'
import { extraInput, type ModelRequest, type RequestToCheck } from './violation.ts'

type ModelRule = (request: ModelRequest) => string | undefined

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

/** What is wrong with `thinking` whatever the model. */
export const thinkingShape = ({ body, betas }: RequestToCheck): string | undefined => {
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

export const toolChoice: ModelRule = ({ body, rules }) => {
  const choice = body['tool_choice']
  if (!isObject(choice)) return undefined
  const { type, name } = choice
  if (!isText(type) || !['any', 'auto', 'none', 'tool'].includes(type))
    return `tool_choice: Input tag '${isText(type) ? type : JSON.stringify(type)}' found using 'type' does not match any of the expected tags: 'any', 'auto', 'none', 'tool'`
  const tools = objectsOf(body['tools'])
  if (tools.length === 0 && objectsOf(body['mcp_servers']).length === 0 && type !== 'none')
    return 'tool_choice: tool_choice may only be specified while providing tools.'
  if (type !== 'any' && type !== 'tool') return undefined
  if (type === 'tool' && !tools.some(({ object }) => object['name'] === name))
    return `tool_choice: Tool '${isText(name) ? name : ''}' not found in provided tools`
  if (!rules.forcedToolChoice) return 'tool_choice: forcing tool use is not supported for this model.'
  const thinking = body['thinking']
  return isObject(thinking) && thinking['type'] === 'enabled'
    ? 'Thinking may not be enabled when tool_choice forces tool use.'
    : undefined
}

export const sampling: ModelRule = ({ body, rules }) => {
  const field = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined)
  return field === undefined || rules.sampling ? undefined : `\`${field}\` is deprecated for this model.`
}

const efforts: readonly unknown[] = ['low', 'medium', 'high', 'xhigh', 'max', null, undefined]

/** The levels are documented; that haiku-4-5 takes none is reported, with this wording. */
export const effort: ModelRule = ({ body, rules }) => {
  const config = body['output_config']
  const level = isObject(config) ? config['effort'] : undefined
  if (!efforts.includes(level)) return "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'"
  return (level ?? null) === null || rules.effort ? undefined : 'This model does not support the effort parameter.'
}

export const outputLimit: ModelRule = ({ body, rules, model }) => {
  const maxTokens = Number(body['max_tokens'])
  return maxTokens > rules.maxOutput
    ? `max_tokens: ${maxTokens} > ${rules.maxOutput}, which is the maximum allowed number of output tokens for ${model}`
    : undefined
}

/** By the same estimate that `usage` shows. Images and documents cost what their text would. */
export const contextWindow: ModelRule = ({ body, rules }) => {
  const tokens = estimateInput(body)
  return tokens > rules.contextWindow
    ? `prompt is too long: ${tokens} tokens > ${rules.contextWindow} maximum`
    : undefined
}
