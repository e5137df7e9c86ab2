/** Tokens, as the API counted them. */
export interface Usage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  /** The reply was cut before its final count arrived: these numbers are a lower bound. */
  readonly estimated?: true
}

export const noUsage: Usage = Object.freeze({
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
})

export const addUsage = (a: Usage, b: Usage): Usage => ({
  inputTokens: a.inputTokens + b.inputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
  cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  ...(a.estimated || b.estimated ? { estimated: true as const } : {}),
})

/** One round of the API's own loop: a refused hop, a compaction, the reply. */
export interface Iteration {
  /** `message`, `fallback_message`, `compaction`, `advisor_message`, or one of tomorrow. */
  readonly type: string
  readonly model?: string
  readonly usage: Usage
}
