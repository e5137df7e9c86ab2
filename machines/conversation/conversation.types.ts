import type { Failure } from '../../src/errors.ts'
import type {
  Block,
  Content,
  Decision,
  Fact,
  Iteration,
  Prices,
  Refusal,
  ResetPolicy,
  Suspect,
  SwitchCause,
  Usage,
  View,
} from '../../src/journal/index.ts'

/** What becomes of a message that is sent while a turn is under way. */
export type WhenBusy = 'reject' | 'queue' | 'interrupt'

/** Whether a stopped, failed or interrupted turn that says something stays in the history. */
export type OnStop = 'keep' | 'drop'

/** What follows a reply that ended at `max_tokens`. */
export type OnTruncated = 'stop' | 'continue'

/** How a context is compacted: by the API, by a summary in words, or by the first where it can and the second where not. */
export type CompactBy = 'auto' | 'api' | 'summary'

/** Limits that are checked before every request. Over one of them, nothing is sent. */
export interface Budget {
  /** Tokens of the conversation, in and out, cached ones included. */
  readonly tokens?: number
  /** In the currency of the prices. */
  readonly cost?: number
  readonly refusalsInARow?: number
}

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
  /** Models to go to, in order, when the one before can't be reached, the first one included. Never for a refusal. */
  readonly outageModels: readonly string[]
  /** Completed turns after which a conversation that was switched goes back to its model; `null` = never. */
  readonly returnAfter: number | null
  readonly budget: Budget
  readonly prices: Prices
}

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
  outageModels: [],
  returnAfter: null,
  budget: {},
  prices: {},
}

/** Everything is optional, so that the bare machine starts. */
export interface ConversationInput {
  readonly id?: string
  readonly model?: string
  /** When the conversation was created, milliseconds since 1970. */
  readonly at?: number
  /** Facts of a new conversation beyond its creation: a seeded history. They are stored with it. */
  readonly seed?: readonly Fact[]
  /** A stored journal, whole. With it, `id`, `model`, `at` and `seed` are not looked at. */
  readonly journal?: readonly Fact[]
  readonly settings?: Partial<ConversationSettings>
}

export interface ConversationContext {
  readonly view: View
  /** Facts that the journal has not acknowledged yet, the newest last. */
  readonly unsaved: readonly Fact[]
  /** What people are told once everything recorded is stored. */
  readonly unannounced: readonly ConversationEmitted[]
  /** Which request of the turn this is, from 1: a turn with tools has several replies, and each may take several. */
  readonly attempt: number
  /** Which attempt at the current reply it is, from 1. */
  readonly tries: number
  /** Milliseconds that the API asked to wait before the next attempt. */
  readonly retryAfter: number | null
  /** Why the last turn did not complete. */
  readonly failure: Failure | null
  /** Why the journal could not store, while it can't. */
  readonly journalFailure: Failure | null
  readonly settings: ConversationSettings
}

/** What there was of a reply when it was cut. Only blocks that can stand alone: closed ones, and text. */
export interface PartialReply {
  readonly model: string
  readonly requestedModel?: string
  readonly promptHash: string
  readonly content: readonly Block[]
  readonly usage: Usage
  /** Something of it had been shown. */
  readonly shown: boolean
  readonly structured?: true
}

export interface FinishedReply {
  readonly model: string
  readonly requestedModel?: string
  readonly promptHash: string
  readonly content: readonly Block[]
  readonly stopReason: string
  readonly usage: Usage
  readonly structured?: true
  readonly container?: string
  /** The API went on with another model after the one that was asked had refused. */
  readonly servedAfterRefusal?: true
  readonly iterations?: readonly Iteration[]
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
}

export type ReplyEvent =
  /** The API has answered; the reply is coming. */
  | { readonly type: 'reply.opened' }
  | ({ readonly type: 'reply.finished' } & FinishedReply)
  | { readonly type: 'reply.refused'; readonly refusal: Refusal; readonly usage: Usage }
  | {
      readonly type: 'reply.failed'
      readonly failure: Failure
      readonly retryable: boolean
      readonly partial?: PartialReply
    }

/** What becomes of a turn that the context window has no room for. */
export type OverflowEvent = { readonly type: 'overflow.resolve'; readonly how: 'fail' | 'compact' }

export type JournalEvent =
  /** Said on every start, in the tick of the start. */
  | { readonly type: 'journal.ready' }
  /** Everything up to this revision is stored. */
  | { readonly type: 'journal.saved'; readonly revision: number }
  | { readonly type: 'journal.failed'; readonly failure: Failure }
  /** The chart's own: it is time to send the journal again what it could not store. */
  | { readonly type: 'journal.retry' }

export type DecideEvent =
  | { readonly type: 'refusal.resolve'; readonly policy: ResetPolicy }
  /** It is for a person to decide. */
  | { readonly type: 'refusal.ask' }

/** How a tool call ended. All but `settled` give the model an error result. */
export type ToolCallStatus = 'settled' | 'denied' | 'failed' | 'timedOut' | 'cancelled'

/** What the `runTools` slot tells. Exactly one `tool.settled` for each call that it was given, in any order. */
export type ToolsEvent =
  /** The call runs now. */
  | { readonly type: 'tool.started'; readonly callId: string }
  /** It waits for a person to allow it. */
  | { readonly type: 'tool.approvalNeeded'; readonly callId: string }
  /** It has no `run`: the app answers it. */
  | { readonly type: 'tool.answerNeeded'; readonly callId: string }
  | {
      readonly type: 'tool.settled'
      readonly callId: string
      readonly status: ToolCallStatus
      /** The `tool_result` block. */
      readonly result: Block
    }

export interface UserSend {
  readonly type: 'user.send'
  readonly turnId: string
  readonly input: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
  /** What there is of the reply that this interrupts. */
  readonly partial?: PartialReply
}

export type ConversationEvent =
  | UserSend
  /** `aborted`: whoever asked is gone; else somebody wants it to stop. */
  | { readonly type: 'user.stop'; readonly partial?: PartialReply; readonly cause?: 'aborted' }
  /** Asks the input of the last turn again, as a turn of its own. */
  | { readonly type: 'turn.retry'; readonly turnId: string; readonly at: number }
  | TurnBranch
  /** Moves head onto another branch. `force` goes back into what a reset withdrew. */
  | { readonly type: 'head.switch'; readonly to: string | null; readonly force?: boolean }
  | { readonly type: 'context.clear' }
  | { readonly type: 'context.compact'; readonly turnId: string; readonly at: number }
  | { readonly type: 'budget.set'; readonly budget: Budget }
  /** The chart's own: the request that is about to be made is over the budget. */
  | { readonly type: 'budget.exceeded' }
  | { readonly type: 'model.switch'; readonly model: string }
  | { readonly type: 'queue.withdraw'; readonly turnId: string }
  | { readonly type: 'queue.release' }
  | { readonly type: 'conversation.close'; readonly partial?: PartialReply }
  | ReplyEvent
  | JournalEvent
  | DecideEvent
  | OverflowEvent
  | ToolsEvent
  | { readonly type: 'tool.approve'; readonly callId: string }
  | { readonly type: 'tool.deny'; readonly callId: string; readonly reason?: string }
  /** The app's answer to a call that nobody here runs: a `tool_result` block. */
  | { readonly type: 'tool.answer'; readonly callId: string; readonly result: Block }

/** Asks the input of another turn again, or instead of it, as a branch of its own. */
export interface TurnBranch {
  readonly type: 'turn.branch'
  readonly turnId: string
  /** The turn that it stands beside. Where that can't be built on, an edited input stands on head. */
  readonly of: string
  /** Other words; without them the same input is asked again. */
  readonly input?: Content
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly at: number
  readonly force?: boolean
}

export type RejectReason = 'busy' | 'closing' | 'duplicate-id'

/** What the chart tells the outside. Outcomes are told only after their facts are stored. */
export type ConversationEmitted =
  | { readonly type: 'attempt.started'; readonly turnId: string; readonly attempt: number; readonly model: string }
  /** What was shown of this attempt is void. */
  | {
      readonly type: 'retracted'
      readonly turnId: string
      readonly attempt: number
      readonly cause: 'refusal' | 'retry'
    }
  | {
      readonly type: 'retry.scheduled'
      readonly turnId: string
      readonly attempt: number
      readonly failure: Failure
      /** Milliseconds asked for by the API; else the chart's own backoff applies. */
      readonly retryAfter: number | null
    }
  | { readonly type: 'turn.completed'; readonly turnId: string }
  | { readonly type: 'turn.stopped'; readonly turnId: string }
  | { readonly type: 'turn.failed'; readonly turnId: string; readonly failure: Failure }
  | {
      readonly type: 'turn.refused'
      readonly turnId: string
      readonly refusal: Refusal
      readonly usage: Usage
      /** What was decided, or `null` when the conversation closed first. */
      readonly policy: Decision | null
      /** Head stood at the root: what refuses is in the input, the system prompt or the tools. */
      readonly nothingLeft: boolean
      /** What the refused request carried for the first time. */
      readonly suspects: readonly Suspect[]
      /** The refused request was for a summary. The conversation is as it was. */
      readonly compaction: boolean
    }
  | {
      readonly type: 'context.reset'
      readonly cause: 'refusal' | 'clear'
      readonly policy: ResetPolicy
      /** The refused turn, when a refusal is the cause. */
      readonly turnId: string | null
      /** Ids of the turns that left the context: the refused one, and those that were withdrawn with it. */
      readonly left: readonly string[]
      readonly head: string | null
      readonly nothingLeft: boolean
    }
  | { readonly type: 'model.switched'; readonly from: string; readonly to: string; readonly cause: SwitchCause }
  /** Head moved onto another branch. */
  | { readonly type: 'head.switched'; readonly from: string | null; readonly to: string | null }
  /** The turns before this one are replaced by it. */
  | { readonly type: 'context.compacted'; readonly turnId: string }
  | { readonly type: 'thinking.stripped'; readonly turnId: string }
  | ({ readonly type: 'toolCall.started'; readonly input: unknown } & ToolCallNotice)
  | ({ readonly type: 'toolCall.approvalRequested'; readonly input: unknown } & ToolCallNotice)
  | ({ readonly type: 'toolCall.answerRequested'; readonly input: unknown } & ToolCallNotice)
  | ({ readonly type: 'toolCall.settled'; readonly status: ToolCallStatus; readonly result: Block } & ToolCallNotice)
  | { readonly type: 'input.queued'; readonly turnId: string }
  | { readonly type: 'input.withdrawn'; readonly turnId: string }
  | { readonly type: 'send.rejected'; readonly turnId: string; readonly reason: RejectReason }
  | { readonly type: 'journal.unsaved'; readonly failure: Failure }

interface ToolCallNotice {
  readonly turnId: string
  readonly callId: string
  readonly name: string
}

/** `ready`: a message opens a turn. `busy`: something is under way. `unsaved`: the journal can't store. */
export type ConversationTag = 'ready' | 'busy' | 'unsaved' | 'awaitingDecision' | 'awaitingPeople'

/** Input of the `streamReply` slot. */
export interface ReplyInput {
  /** Root to head, and the open turn: what the request is built from. */
  readonly view: View
  readonly turnId: string
  readonly attempt: number
}

/** A piece of a reply as it arrives. It goes to listeners only, never through a transition. */
export interface Delta {
  readonly type: 'delta'
  readonly turnId: string
  readonly attempt: number
  /** Counts the deltas of one attempt, from 0. */
  readonly seq: number
  readonly kind: 'text' | 'thinking' | 'toolInput'
  readonly text: string
}

/** A reply in progress, outside of the context, so that no snapshot can leak it. Reading it is lazy. */
export interface Draft {
  readonly turnId: string
  readonly attempt: number
  /** Grows with every delta. */
  readonly size: number
  /** The blocks so far, open ones included, for showing. */
  blocks(): readonly Block[]
  /** What can be kept of it if it is cut now. */
  partial(): PartialReply
}

/** What the `streamReply` slot emits to its listeners. */
export type ReplyEmitted =
  | Delta
  | { readonly type: 'draft.started'; readonly draft: Draft }
  /** An event or a delta of a type that this release does not know, as it came. */
  | { readonly type: 'unknown'; readonly turnId: string; readonly attempt: number; readonly event: unknown }

/** A tool call of the open turn that has no result yet. */
export interface OpenCall {
  readonly callId: string
  readonly name: string
  readonly input: unknown
  /**
   * Where it stands. Calls start `new`; the others come from a conversation that was loaded while calls waited for
   * people. `interrupted`: the process ended while it may have been running, so it is never run again by itself.
   */
  readonly state: 'new' | 'awaitingApproval' | 'awaitingAnswer' | 'interrupted'
}

/** Input of the `runTools` slot. */
export interface ToolsInput {
  readonly turnId: string
  /** In the order of the reply. */
  readonly calls: readonly OpenCall[]
}

/** What the `runTools` slot receives, once the decision is stored. One that does not fit the call's state changes nothing. */
export type ToolsCommand =
  | { readonly type: 'call.approve'; readonly callId: string }
  | { readonly type: 'call.deny'; readonly callId: string; readonly reason?: string }
  | { readonly type: 'call.answer'; readonly callId: string; readonly result: Block }

/** Input of the `decide` slot. */
export interface DecideInput {
  readonly turnId: string
  readonly input: Content
  readonly refusal: Refusal
  /** This refusal included. */
  readonly refusalsInARow: number
  /** In how many wordings it was asked: 1 = the user's own. */
  readonly wordings: number
  /** The models that refused it, the present one included. */
  readonly refusedBy: readonly string[]
}

/** Input of the `decideOverflow` slot. */
export interface OverflowInput {
  readonly turnId: string
  readonly model: string
  readonly failure: Failure
}

export interface JournalInput {
  readonly conversationId: string
}

/** What the `journal` slot receives. Facts that it has stored already are sent again when an answer was lost. */
export interface JournalCommand {
  readonly type: 'journal.append'
  readonly facts: readonly Fact[]
  /** Revision of the journal before the first of these facts. */
  readonly expected: number
}
