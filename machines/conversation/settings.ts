import type { Budget, Prices } from '../../src/journal/index.ts'

export type { Budget } from '../../src/journal/index.ts'

/** What happens to a message sent while a turn is in progress. */
export type WhenBusy = 'reject' | 'queue' | 'interrupt'

/** Whether a stopped, failed or interrupted turn that says something stays in the history. */
export type OnStop = 'keep' | 'drop'

/** What happens to an input that was refused before and is sent again: it is sent and an event says so (`warn`), or it is blocked. */
export type ResendRefused = 'allow' | 'warn' | 'block'

/** What follows a reply that ended at `max_tokens`. */
export type OnTruncated = 'stop' | 'continue'

/**
 * How a context is compacted first: by the API (`auto`, `api`), or by a summary in words. What comes to nothing is followed by the
 * next way: by the API, in words, in words of a fallback model.
 */
export type CompactBy = 'auto' | 'api' | 'summary'

/**
 * What happens to a turn that was under way when its process ended, once another one has loaded the conversation. `settle`: it ends
 * as interrupted, and nothing is asked again by itself. `resume`: it continues with another attempt; calls that may have begun are
 * not run again.
 */
export type OnInterrupted = 'settle' | 'resume'

/** What closing does with a turn that waits for a person. `settle`: it ends as stopped. `keep`: the next process finds it as it was. */
export type OnClose = 'settle' | 'keep'

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
  /** How often one cut reply is continued. */
  readonly maxContinuations: number
  /** The prompt that asks the model to continue a cut reply. */
  readonly continueWith: string
  readonly compactBy: CompactBy
  /** The prompt that asks the model for a summary. */
  readonly summariseWith: string
  /** Models to ask for a summary, in order, when the conversation's own model gives none. */
  readonly compactionModels: readonly string[]
  /** Models to use, in order, when the one before can't be reached; the list includes the first. Never used for a refusal. */
  readonly outageModels: readonly string[]
  /** Completed turns after which a conversation that was switched goes back to its model; `null` = never. */
  readonly returnAfter: number | null
  /** What happens to a queued message whose input was refused while it waited: it is sent, or removed from the queue. */
  readonly resendRefused: ResendRefused
  /** Some refusals are retried with another model or another input, so one request is reserved for that. */
  readonly asksInstead: boolean
  /** Applies until `budget.set` changes it: from then on the limits are in the journal. */
  readonly budget: Budget
  /** What happens to a turn that was under way when the process ended. */
  readonly onInterrupted: OnInterrupted
  /** What closing does with a turn that waits for a person: it settles as stopped, or is kept for the next process. */
  readonly onClose: OnClose
  readonly prices: Prices
  /** Tool calls that run at the same time. */
  readonly toolLimit: number
  /** Milliseconds until the response headers arrive. They come before the first token, so thinking does not delay them. */
  readonly openTimeout: number
  /** Milliseconds for a whole reply. The stream actor notices a stalled stream long before. */
  readonly replyTimeout: number
  /** Milliseconds for a decision about a refusal, a rejection or a full context window. */
  readonly decideTimeout: number
  /** Milliseconds until the journal can store, before its silence is reported. */
  readonly loadTimeout: number
  /** Milliseconds for the journal to store, before its silence is reported. */
  readonly saveTimeout: number
  /** Milliseconds before facts that could not be stored are sent to the journal again. */
  readonly saveRetry: number
  /** Milliseconds that closing waits for the journal, unless `conversation.close` says another time. */
  readonly closeTimeout: number
}

/** The default settings of the chart. */
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
  onInterrupted: 'settle',
  onClose: 'settle',
  prices: {},
  toolLimit: 8,
  openTimeout: 120_000,
  replyTimeout: 3_600_000,
  decideTimeout: 30_000,
  loadTimeout: 30_000,
  saveTimeout: 10_000,
  saveRetry: 1_000,
  closeTimeout: 30_000,
}
