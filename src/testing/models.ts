/** What the API lets a model do, as far as a request can break it. */
export interface ModelRules {
  /** Whether the model thinks when the request does not mention `thinking`. */
  readonly thinksByDefault: boolean
  /** Values of `thinking.type` that are a 400. */
  readonly rejectedThinking: readonly string[]
  /** `thinking.type: "disabled"` only up to effort `high`. */
  readonly disabledUpToHigh: boolean
  /** Whether a `tool_choice` of `any` or `tool` is accepted. */
  readonly forcedToolChoice: boolean
  /** Whether the last message may be the assistant's. */
  readonly prefill: boolean
  /** Whether `temperature`, `top_p` and `top_k` are accepted, by versions that know them. */
  readonly sampling: boolean
  /** Whether `role: "system"` may stand inside `messages`. */
  readonly systemMessages: boolean
  /** Input tokens. */
  readonly contextWindow: number
  /** Largest `max_tokens`. */
  readonly maxOutput: number
}

// Facts: section 6 of messages-api.md. The rows of fable-5-2 and mythos-5-2 and the windows of haiku-5-5 are assumed.
const modern: ModelRules = {
  thinksByDefault: true,
  rejectedThinking: ['enabled', 'between_tools'],
  disabledUpToHigh: false,
  forcedToolChoice: true,
  prefill: false,
  sampling: false,
  systemMessages: true,
  contextWindow: 1_000_000,
  maxOutput: 128_000,
}
const alwaysThinking: ModelRules = { ...modern, rejectedThinking: ['enabled', 'disabled', 'between_tools'] }
const alwaysThinkingUnforced: ModelRules = { ...alwaysThinking, forcedToolChoice: false }
const generation46: ModelRules = {
  ...modern,
  thinksByDefault: false,
  rejectedThinking: ['between_tools'],
  sampling: true,
}
const generation45: ModelRules = {
  ...generation46,
  rejectedThinking: ['adaptive', 'between_tools'],
  prefill: true,
  contextWindow: 200_000,
  maxOutput: 64_000,
}

const rules: Readonly<Record<string, ModelRules>> = {
  'claude-fable-5-2': alwaysThinkingUnforced,
  'claude-mythos-5-2': alwaysThinkingUnforced,
  'claude-fable-5-1': alwaysThinkingUnforced,
  'claude-mythos-5-1': alwaysThinkingUnforced,
  'claude-opus-5-5': alwaysThinkingUnforced,
  'claude-sonnet-5-5': { ...alwaysThinkingUnforced, rejectedThinking: ['enabled', 'disabled'] },
  'claude-haiku-5-5': { ...modern, disabledUpToHigh: true },
  'claude-fable-5': alwaysThinking,
  'claude-mythos-5': alwaysThinking,
  'claude-opus-5': { ...modern, disabledUpToHigh: true },
  'claude-sonnet-5': { ...modern, systemMessages: false },
  'claude-opus-4-8': { ...modern, thinksByDefault: false },
  'claude-opus-4-7': { ...modern, thinksByDefault: false },
  'claude-mythos-preview': modern,
  'claude-opus-4-6': generation46,
  'claude-sonnet-4-6': generation46,
  'claude-haiku-4-5': generation45,
  'claude-haiku-4-5-20251001': generation45,
  'claude-opus-4-5': generation45,
  'claude-opus-4-5-20251101': generation45,
  'claude-sonnet-4-5': generation45,
  'claude-sonnet-4-5-20250929': generation45,
}

/** The rules of a model; undefined for a name that the API doesn't know. `extra` names are taken for current models. */
export const rulesOf = (model: string, extra: readonly string[] = []): ModelRules | undefined =>
  Object.hasOwn(rules, model) ? rules[model] : extra.includes(model) ? modern : undefined
