import type { Prices } from '../../src/journal/index.ts'

/** What becomes of a message that is sent while a turn is under way. */
export type WhenBusy = 'reject' | 'queue' | 'interrupt'

/** Whether a stopped, failed or interrupted turn that says something stays in the history. */
export type OnStop = 'keep' | 'drop'

/** What becomes of words that were refused before and are sent again: sent, with an event (`warn`), or not. */
export type ResendRefused = 'allow' | 'warn' | 'block'

/** What follows a reply that ended at `max_tokens`. */
export type OnTruncated = 'stop' | 'continue'

/**
 * How a context is compacted first: by the API (`auto`, `api`), or by a summary in words. What comes to nothing is followed by the
 * next way: by the API, in words, in words of a fallback model.
 */
export type CompactBy = 'auto' | 'api' | 'summary'

/** Limits that are checked before every request. Over one of them, nothing is sent. */
export interface Budget {
  /** Tokens of the conversation, in and out, cached ones included. */
  readonly tokens?: number
  /** In the currency of the prices. */
  readonly cost?: number
  readonly refusalsInARow?: number
}

/** What the chart itself is configured with. {@link defaultSettings} fills in what is missing. */
export interface ConversationSettings {
  readonly whenBusy: WhenBusy
  readonly onStop: OnStop
  /** Attempts at one reply, the first included. 1 = never again. */
  readonly maxAttempts: number
  /** The longest `retry-after` that is waited for, in milliseconds; above it the turn fails at once. */
  readonly maxRetryAfter: number
  /** Wait before the second attempt, in milliseconds; it doubles with each further one. */
  readonly baseDelay: number
  /** The longest of these waits, in milliseconds. */
  readonly maxDelay: number
  /** Replies in one turn; a turn whose model keeps calling tools fails at this many. */
  readonly maxSteps: number
  readonly onTruncated: OnTruncated
  /** Times that one cut reply is continued. */
  readonly maxContinuations: number
  /** What the model is told to make it go on. */
  readonly continueWith: string
  readonly compactBy: CompactBy
  /** What the model is told to make it summarise. */
  readonly summariseWith: string
  /** Models that are asked for a summary, in order, when the conversation's own gives none. */
  readonly compactionModels: readonly string[]
  /** Models to go to, in order, when the one before can't be reached, the first one included. Never for a refusal. */
  readonly outageModels: readonly string[]
  /** Completed turns after which a conversation that was switched goes back to its model; `null` = never. */
  readonly returnAfter: number | null
  /** What becomes of a queued message whose words were refused while it waited: it is asked, or taken out of the queue. */
  readonly resendRefused: ResendRefused
  /** Some refusals are asked again, of another model or in other words: a request is kept for that. */
  readonly asksInstead: boolean
  readonly budget: Budget
  readonly prices: Prices
}

/** The settings of a chart that is given none. */
export const defaultSettings: ConversationSettings = {
  whenBusy: 'reject',
  onStop: 'keep',
  maxAttempts: 3,
  maxRetryAfter: 60_000,
  baseDelay: 500,
  maxDelay: 8_000,
  maxSteps: 32,
  onTruncated: 'stop',
  maxContinuations: 3,
  continueWith:
    'Go on exactly where your last message was cut off. Do not repeat what you said, and do not comment on it.',
  compactBy: 'auto',
  summariseWith:
    'Summarise this conversation so that it can be continued from the summary alone: what is asked for and why, what was found and decided, what is done, what is open. Keep names, numbers and quotations that may be needed. Answer with the summary only.',
  compactionModels: [],
  outageModels: [],
  returnAfter: null,
  resendRefused: 'warn',
  asksInstead: false,
  budget: {},
  prices: {},
}
