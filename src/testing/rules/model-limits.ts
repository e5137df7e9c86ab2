// What a model accepts: sampling parameters, effort, tokens.
import { isObject } from '../api/json.ts'
import { estimateInput } from '../reply/usage.ts'
import type { ModelRule } from './rule.ts'

export const sampling: ModelRule = ({ body, rules }) => {
  const field = ['temperature', 'top_p', 'top_k'].find((name) => body[name] !== undefined)
  return field === undefined || rules.sampling ? undefined : `\`${field}\` is deprecated for this model.`
}

const efforts: readonly unknown[] = ['low', 'medium', 'high', 'xhigh', 'max', null, undefined]

/** The levels are documented; that haiku-4-5 accepts none is reported with this wording. */
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

/** Uses the same estimate as `usage`. Images and documents count like their text. */
export const contextWindow: ModelRule = ({ body, rules }) => {
  const tokens = estimateInput(body)
  return tokens > rules.contextWindow
    ? `prompt is too long: ${tokens} tokens > ${rules.contextWindow} maximum`
    : undefined
}
