// Fields and values that models are known to reject, so that a request written for one model can be fitted to another. For an
// unknown model nothing is left out: the API reports what it rejects.
//
// Source: the Messages API's model and thinking pages (October 2026) and its migration guides: sampling parameters are a 400
// from 4.7 on; `thinking.type`, forced `tool_choice` and system messages by model; 64k output tokens in the 4.5 family, 128k from 4.6 on.
import type { RequestFields } from './request-fields.ts'

interface ModelLimits {
  /** Matches the name of a model or of its family. A version may follow. */
  readonly family: RegExp
  /** The largest `max_tokens`. Default: unknown. */
  readonly maxTokens?: number
  /** Values of `thinking.type` that the API rejects with a 400. */
  readonly thinking: readonly string[]
  /** `temperature`, `top_p` and `top_k` are accepted. */
  readonly sampling?: true
  /** A `tool_choice` of `any` or `tool` is rejected with a 400. */
  readonly neverForced?: true
  /** Messages of `role: "system"` are rejected with a 400. */
  readonly noSystemMessages?: true
}

/** The first match counts. */
const limits: readonly ModelLimits[] = [
  {
    family: /^claude-(?:opus|sonnet|haiku)-4-5\b/,
    maxTokens: 64_000,
    thinking: ['adaptive', 'between_tools'],
    sampling: true,
  },
  { family: /^claude-(?:opus|sonnet)-4-6\b/, maxTokens: 128_000, thinking: ['between_tools'], sampling: true },
  { family: /^claude-opus-4-[78]\b/, maxTokens: 128_000, thinking: ['enabled', 'between_tools'] },
  { family: /^claude-sonnet-5-5\b/, maxTokens: 128_000, thinking: ['enabled', 'disabled'], neverForced: true },
  { family: /^claude-haiku-5-5\b/, thinking: ['enabled', 'between_tools'] },
  {
    family: /^claude-(?:opus-5-5|(?:fable|mythos)-5-[12])\b/,
    maxTokens: 128_000,
    thinking: ['enabled', 'disabled', 'between_tools'],
    neverForced: true,
  },
  {
    family: /^claude-sonnet-5\b/,
    maxTokens: 128_000,
    thinking: ['enabled', 'between_tools'],
    noSystemMessages: true,
  },
  { family: /^claude-opus-5\b/, maxTokens: 128_000, thinking: ['enabled', 'between_tools'] },
  { family: /^claude-(?:fable|mythos)-5\b/, maxTokens: 128_000, thinking: ['enabled', 'disabled', 'between_tools'] },
]

const samplingFields = ['temperature', 'top_p', 'top_k'] as const

const limitsOf = (model: string): ModelLimits | undefined => limits.find(({ family }) => family.test(model))

/** Whether the model accepts `role: "system"` in `messages`. True for an unknown model. */
export const takesSystemMessages = (model: string): boolean => limitsOf(model)?.noSystemMessages !== true

/** The app's part of a request, fitted to a model. */
export interface FittedRequest {
  readonly maxTokens: number
  readonly fields: RequestFields
  /** Names of the fields that are left out; `max_tokens` where it is lowered. */
  readonly left: readonly string[]
}

/**
 * Leaves out the fields that the model is known to reject, and lowers `max_tokens` to the model's limit. `fields` is the same object
 * if none is left out.
 */
export function fitToModel(model: string, maxTokens: number, fields: RequestFields): FittedRequest {
  const known = limitsOf(model)
  if (!known) return { maxTokens, fields, left: [] }
  const most = Math.min(maxTokens, known.maxTokens ?? maxTokens)
  const left = [
    ...(thinkingFits(fields.thinking, most, known) ? [] : ['thinking']),
    ...(known.sampling ? [] : samplingFields.filter((name) => name in fields)),
    ...(known.neverForced && isForced(fields.tool_choice) ? ['tool_choice'] : []),
  ]
  const kept = Object.entries(fields).filter(([name]) => !left.includes(name))
  return {
    maxTokens: most,
    fields: left.length === 0 ? fields : Object.fromEntries(kept),
    left: most < maxTokens ? [...left, 'max_tokens'] : left,
  }
}

function thinkingFits(thinking: RequestFields['thinking'], maxTokens: number, known: ModelLimits): boolean {
  if (!thinking) return true
  const isWithin = thinking.type !== 'enabled' || thinking.budget_tokens < maxTokens
  return isWithin && !known.thinking.includes(thinking.type)
}

const isForced = (choice: RequestFields['tool_choice']): boolean => choice?.type === 'any' || choice?.type === 'tool'
