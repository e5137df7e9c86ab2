/** What the request is sent to and with: thinking and cache breakpoints depend on it. */
export interface RequestTarget {
  readonly model: string
  /** Hash of the system prompt and the tools. Signed thinking is bound to them. */
  readonly promptHash: string
  /** Number of cache breakpoints outside of the messages. Default 0. */
  readonly cacheBreakpoints?: number
  /** The model accepts `role: "system"` messages. Default true. */
  readonly systemMessages?: boolean
  /** The `anthropic-beta` value for compaction blocks. */
  readonly compactionBeta?: string
}
