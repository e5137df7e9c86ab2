import type { Failure } from '../../src/errors.ts'
import type { Block, Content, Decision, Fact, Refusal, ResetPolicy, Usage, View } from '../../src/journal/index.ts'

/** What becomes of a message that is sent while a turn is under way. */
export type WhenBusy = 'reject' | 'queue' | 'interrupt'

/** Whether a stopped, failed or interrupted turn that says something stays in the history. */
export type OnStop = 'keep' | 'drop'

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
}

export const defaultSettings: ConversationSettings = {
  whenBusy: 'reject',
  onStop: 'keep',
  maxAttempts: 3,
  maxRetryAfter: 60_000,
  baseDelay: 500,
  maxDelay: 8_000,
  maxSteps: 32,
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
  /** Which attempt at the current reply this is, from 1. */
  readonly attempt: number
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

export type JournalEvent =
  /** Said on every start, in the tick of the start. */
  | { readonly type: 'journal.ready' }
  /** Everything up to this revision is stored. */
  | { readonly type: 'journal.saved'; readonly revision: number }
  | { readonly type: 'journal.failed'; readonly failure: Failure }

export type DecideEvent =
  | { readonly type: 'refusal.resolve'; readonly policy: ResetPolicy }
  /** It is for a person to decide. */
  | { readonly type: 'refusal.ask' }

export type ToolsEvent = { readonly type: 'tools.settled'; readonly results: readonly Block[] }

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
  | { readonly type: 'user.stop'; readonly partial?: PartialReply }
  /** Asks the input of the last turn again, as a turn of its own. */
  | { readonly type: 'turn.retry'; readonly turnId: string; readonly at: number }
  | { readonly type: 'context.clear' }
  | { readonly type: 'model.switch'; readonly model: string }
  | { readonly type: 'queue.withdraw'; readonly turnId: string }
  | { readonly type: 'queue.release' }
  | { readonly type: 'conversation.close'; readonly partial?: PartialReply }
  | ReplyEvent
  | JournalEvent
  | DecideEvent
  | ToolsEvent

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
  | { readonly type: 'model.switched'; readonly from: string; readonly to: string; readonly cause: 'user' }
  | { readonly type: 'input.queued'; readonly turnId: string }
  | { readonly type: 'input.withdrawn'; readonly turnId: string }
  | { readonly type: 'send.rejected'; readonly turnId: string; readonly reason: RejectReason }
  | { readonly type: 'journal.unsaved'; readonly failure: Failure }

/** `ready`: a message opens a turn. `busy`: something is under way. `unsaved`: the journal can't store. */
export type ConversationTag = 'ready' | 'busy' | 'unsaved' | 'awaitingDecision'

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

/** Input of the `runTools` slot. */
export interface ToolsInput {
  readonly turnId: string
  /** The `tool_use` blocks of the reply, in order. */
  readonly calls: readonly Block[]
}

/** Input of the `decide` slot. */
export interface DecideInput {
  readonly turnId: string
  readonly input: Content
  readonly refusal: Refusal
  /** This refusal included. */
  readonly refusalsInARow: number
  /** 1 for the words of the user, 2 after they were rephrased once. */
  readonly timesAsked: number
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
