/** What the API accepts in requests to a model. */
export interface ModelRules {
  /** Whether the model thinks when the request does not mention `thinking`. */
  readonly thinksByDefault: boolean
  /** Values of `thinking.type` that are a 400. */
  readonly rejectedThinking: readonly string[]
  /** Whether `thinking.type: "disabled"` is accepted only up to effort `high`. */
  readonly disabledUpToHigh: boolean
  /** Whether a `tool_choice` of `any` or `tool` is accepted. */
  readonly forcedToolChoice: boolean
  /** Whether the last message may be the assistant's. */
  readonly prefill: boolean
  /** Whether `temperature`, `top_p` and `top_k` are accepted, by versions that know them. */
  readonly sampling: boolean
  /** Whether `messages` may contain `role: "system"`. */
  readonly systemMessages: boolean
  /** Whether thinking is bound to the conversation before it. */
  readonly preservedThinking: boolean
  /** Whether `output_config.effort` is accepted. */
  readonly effort: boolean
  /** Whether the `compaction` parameter is accepted. */
  readonly compaction: boolean
  /** The models that may take over a refused request. If empty, there are no credits and no fallbacks. */
  readonly fallbackTargets: readonly string[]
  /** Largest number of images in a request. */
  readonly maxImages: number
  /** Largest number of input tokens. */
  readonly contextWindow: number
  /** Largest `max_tokens`. */
  readonly maxOutput: number
}

// The rows of fable-5-2 and mythos-5-2 and the windows of haiku-5-5 are assumptions: no documentation was found.
const modern: ModelRules = {
  thinksByDefault: true,
  rejectedThinking: ['enabled', 'between_tools'],
  disabledUpToHigh: false,
  forcedToolChoice: true,
  prefill: false,
  sampling: false,
  systemMessages: true,
  preservedThinking: false,
  effort: true,
  compaction: true,
  fallbackTargets: [],
  maxImages: 600,
  contextWindow: 1_000_000,
  maxOutput: 128_000,
}
const alwaysThinking: ModelRules = { ...modern, rejectedThinking: ['enabled', 'disabled', 'between_tools'] }
const generation55: ModelRules = { ...alwaysThinking, forcedToolChoice: false, preservedThinking: true }
const toOpus: Pick<ModelRules, 'fallbackTargets'> = { fallbackTargets: ['claude-opus-4-8', 'claude-opus-5'] }
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
  compaction: false,
  maxImages: 100,
  contextWindow: 200_000,
  maxOutput: 64_000,
}

const rules: Readonly<Record<string, ModelRules>> = {
  'claude-fable-5-2': { ...generation55, ...toOpus },
  'claude-mythos-5-2': generation55,
  'claude-fable-5-1': { ...generation55, ...toOpus },
  'claude-mythos-5-1': generation55,
  'claude-opus-5-5': { ...generation55, ...toOpus },
  'claude-sonnet-5-5': {
    ...generation55,
    rejectedThinking: ['enabled', 'disabled'],
    fallbackTargets: ['claude-sonnet-5'],
  },
  'claude-haiku-5-5': { ...modern, disabledUpToHigh: true, preservedThinking: true },
  'claude-fable-5': { ...alwaysThinking, ...toOpus },
  'claude-mythos-5': alwaysThinking,
  'claude-opus-5': { ...modern, disabledUpToHigh: true, fallbackTargets: ['claude-opus-4-8'] },
  'claude-sonnet-5': { ...modern, systemMessages: false },
  'claude-opus-4-8': { ...modern, thinksByDefault: false },
  'claude-opus-4-7': { ...modern, thinksByDefault: false },
  'claude-opus-4-6': generation46,
  'claude-sonnet-4-6': generation46,
  'claude-haiku-4-5': { ...generation45, effort: false },
  'claude-haiku-4-5-20251001': { ...generation45, effort: false },
  'claude-opus-4-5': generation45,
  'claude-opus-4-5-20251101': generation45,
}

/**
 * Models that the API no longer serves, with the day on which it stopped, as listed in `@anthropic-ai/sdk` 1.14. A
 * request for one gets the same answer as for an unknown model.
 */
export const retiredModels: Readonly<Record<string, string>> = {
  'claude-mythos-preview': '2026-06-30',
  'claude-sonnet-4-5': '2026-11-30',
  'claude-sonnet-4-5-20250929': '2026-11-30',
}

/**
 * Models that the API will stop serving, with the day, from the same list. The simulator serves them on any day, so that
 * no test begins to fail overnight. No documented field of an answer says that its model is deprecated.
 */
export const deprecatedModels: Readonly<Record<string, string>> = {
  'claude-opus-4-5': '2027-01-22',
  'claude-opus-4-5-20251101': '2027-01-22',
}

/** What the options of a simulator change about models. */
export interface ModelOptions {
  /** Further model names, which follow the rules of current models and may take over from each other. */
  readonly models?: readonly string[]
  /** Input tokens that fit into a request, for all models. */
  readonly contextWindow?: number
}

/** The rules of a model; undefined for an unknown name. */
export const rulesOf = (model: string, { models = [], contextWindow }: ModelOptions = {}): ModelRules | undefined => {
  const further = models.includes(model) && {
    ...modern,
    preservedThinking: true,
    fallbackTargets: models.filter((name) => name !== model && !Object.hasOwn(rules, name)),
  }
  const found = Object.hasOwn(rules, model) ? rules[model] : further || undefined
  return found && contextWindow !== undefined ? { ...found, contextWindow } : found
}
