import type { Failure } from '../../src/errors.ts'
import type {
  AnyFact,
  Block,
  Content,
  Fact,
  OverflowPolicy,
  RejectionPolicy,
  ResetPolicy,
  StoredFact,
  View,
} from '../../src/journal/index.ts'
import type { ToolsEvent } from '../tool-calls/run-tools.types.ts'
import type { ConversationEmitted } from './emitted.types.ts'
import type { FinishedReply, PartialReply, RefusedReply, RejectedReply } from './reply.types.ts'
import type { Budget, ConversationSettings } from './settings.ts'

export type * from '../tool-calls/run-tools.types.ts'
export type * from './emitted.types.ts'
export type * from './reply.types.ts'
export type * from './settings.ts'
export type * from './slot-inputs.types.ts'

/** Everything is optional, so that the bare machine starts. */
export interface ConversationInput {
  readonly id?: string
  readonly model?: string
  /** When the conversation was created, milliseconds since 1970. */
  readonly at?: number
  /** Facts of a new conversation beyond its creation: a seeded history. They are stored with it. */
  readonly seed?: readonly Fact[]
  /** A stored journal, whole. With it, `id`, `model`, `at` and `seed` are not looked at. */
  readonly journal?: readonly AnyFact[]
  readonly settings?: Partial<ConversationSettings>
}

/** The context of the conversation chart. */
export interface ConversationContext {
  readonly view: View
  /** Facts that the journal has not acknowledged yet, the newest last. */
  readonly unsaved: readonly StoredFact[]
  /** What people are told once everything recorded is stored. */
  readonly emitWhenStored: readonly ConversationEmitted[]
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

/** What the stream actor sends to the chart. */
export type ReplyEvent =
  /** The API has answered; the reply is coming. */
  | { readonly type: 'reply.opened' }
  | ({ readonly type: 'reply.finished' } & FinishedReply)
  | ({ readonly type: 'reply.refused' } & RefusedReply)
  | ({ readonly type: 'reply.rejected' } & RejectedReply)
  | {
      readonly type: 'reply.failed'
      readonly failure: Failure
      readonly retryable: boolean
      readonly partial?: PartialReply
      /** The request, where a server error may be about something that it named. */
      readonly request?: Omit<RejectedReply, 'failure' | 'shown'>
    }

/** What becomes of a turn that the context window has no room for. */
export type OverflowEvent = { readonly type: 'overflow.resolve'; readonly how: OverflowPolicy }

/** What the journal actor sends to the chart. */
export type JournalEvent =
  /** Said on every start, in the tick of the start. */
  | { readonly type: 'journal.ready' }
  /** Everything up to this revision is stored. */
  | { readonly type: 'journal.saved'; readonly revision: number }
  | { readonly type: 'journal.failed'; readonly failure: Failure }
  /** The chart's own: it is time to send the journal again what it could not store. */
  | { readonly type: 'journal.retry' }

/** What the actor that decides about refusals sends to the chart. */
export type DecideEvent =
  | { readonly type: 'refusal.resolve'; readonly policy: ResetPolicy }
  /** It is for a person to decide. */
  | { readonly type: 'refusal.ask' }

/** What the actor that decides about rejections sends to the chart. */
export type DecideRejectionEvent =
  | { readonly type: 'rejection.resolve'; readonly policy: RejectionPolicy }
  /** It is for a person to decide. */
  | { readonly type: 'rejection.ask' }

/** Somebody sends a message. */
export interface UserSend {
  readonly type: 'user.send'
  readonly turnId: string
  readonly input: Content
  /** The app's words for this turn: text that is sent as a `role: "system"` message behind the input. */
  readonly system?: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
  /** What there is of the reply that this interrupts. */
  readonly partial?: PartialReply
}

/** Every event that the conversation chart takes. */
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
  | DecideRejectionEvent
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
  /** Other words; without them the same input is asked again, with the same `system`. */
  readonly input?: Content
  /** As of a message that is sent. Other words begin without any. */
  readonly system?: Content
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly at: number
  readonly force?: boolean
}
