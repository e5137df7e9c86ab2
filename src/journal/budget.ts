/** Limits that are checked before every request. Over one of them, nothing is sent. */
export interface Budget {
  /** Tokens of the conversation, in and out, cached ones included. */
  readonly tokens?: number
  /** In the currency of the prices. */
  readonly cost?: number
  /** Refusals without a completed turn between them. `clear()` resets this count. */
  readonly refusalsInARow?: number
}
