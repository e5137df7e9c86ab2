/** What the request is for: thinking and cache breakpoints depend on it. */
export interface RequestTarget {
  readonly model: string
  /** Hash of the system prompt and the tools: signed thinking is bound to them. */
  readonly promptHash: string
  /** Cache breakpoints that stand outside of the messages. Default 0. */
  readonly cacheBreakpoints?: number
  /** The model takes `role: "system"` messages. Default true. */
  readonly systemMessages?: boolean
  /** `anthropic-beta` value for compaction blocks. */
  readonly compactionBeta?: string
}
