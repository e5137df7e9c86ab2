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
  /** Whether thinking is bound to the conversation before it. */
  readonly preservedThinking: boolean
  /** Whether `output_config.effort` is accepted. */
  readonly effort: boolean
  /** Whether the `compaction` parameter is accepted. */
  readonly compaction: boolean
  /** The models that may take over a refused request; without any there is no credit and there are no fallbacks. */
  readonly fallbackTargets: readonly string[]
  /** Images in a request. */
  readonly maxImages: number
  /** Input tokens. */
  readonly contextWindow: number
  /** Largest `max_tokens`. */
  readonly maxOutput: number
}

// The rows of fable-5-2 and mythos-5-2 and the windows of haiku-5-5 are assumed: no documentation of them was found.
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
 * Models that the API served once, with the day on which it stopped: `@anthropic-ai/sdk` 1.14 lists them. A request for
 * one is answered like one for a model that never was.
 */
export const retiredModels: Readonly<Record<string, string>> = {
  'claude-mythos-preview': '2026-06-30',
  'claude-sonnet-4-5': '2026-11-30',
  'claude-sonnet-4-5-20250929': '2026-11-30',
}

/**
 * Models that the API goes on serving until a day, by the same list. The simulator serves them whatever the day is, so
 * that no test begins to fail overnight; nothing is documented that marks the answer.
 */
export const deprecatedModels: Readonly<Record<string, string>> = {
  'claude-opus-4-5': '2027-01-22',
  'claude-opus-4-5-20251101': '2027-01-22',
}

/** What a simulator adds to the API's models. */
export interface ModelOptions {
  /** Further names, taken for current models; they may take over from each other. */
  readonly models?: readonly string[]
  /** Input tokens that fit into a request, whatever the model. */
  readonly contextWindow?: number
}

/** The rules of a model; undefined for a name that nobody knows. */
export const rulesOf = (model: string, { models = [], contextWindow }: ModelOptions = {}): ModelRules | undefined => {
  const further = models.includes(model) && {
    ...modern,
    preservedThinking: true,
    fallbackTargets: models.filter((name) => name !== model && !Object.hasOwn(rules, name)),
  }
  const found = Object.hasOwn(rules, model) ? rules[model] : further || undefined
  return found && contextWindow !== undefined ? { ...found, contextWindow } : found
}
