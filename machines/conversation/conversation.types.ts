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
import type { ToolsCommand, ToolsEvent } from '../tool-calls/run-tools.types.ts'
import type { Announcement } from './emitted.types.ts'
import type { FinishedReply, PartialReply, RefusedReply, RejectedReply } from './reply.types.ts'
import type { Budget, ConversationSettings } from './settings.ts'

export type * from '../tool-calls/run-tools.types.ts'
export type * from './emitted.types.ts'
export type * from './reply.types.ts'
export type * from './settings.ts'
export type * from './slot-inputs.types.ts'

/** The input of the chart. All fields are optional, so that the bare machine starts. */
export interface ConversationInput {
  readonly id?: string
  readonly model?: string
  /** When the conversation was created, milliseconds since 1970. */
  readonly at?: number
  /** Facts of a new conversation beyond its creation: a seeded history. They are stored with it. */
  readonly seed?: readonly Fact[]
  /** A whole stored journal. With it, `id`, `model`, `at` and `seed` are ignored. */
  readonly journal?: readonly AnyFact[]
  /** The same, folded. It takes precedence. */
  readonly loaded?: View
  readonly settings?: Partial<ConversationSettings>
}

/** The context of the conversation chart. */
export interface ConversationContext {
  /** Everything that is recorded: routes are decided by it. */
  readonly view: View
  /** What the journal has stored of it: the same object once that is all. People and apps are shown this. */
  readonly stored: View
  /** What the journal has not acknowledged yet, the oldest first. */
  readonly pending: readonly Batch[]
  /** The revision up to which facts were sent to the journal. */
  readonly sent: number
  /** Why the journal can't store; `null` if it can. */
  readonly journalFailure: Failure | null
  readonly settings: ConversationSettings
}

/** What one action recorded. It leaves the context once the journal has stored it. */
export interface Batch {
  readonly facts: readonly StoredFact[]
  /** The view after them. Its revision is that of the batch. */
  readonly view: View
  /** Emitted once the facts are stored. */
  readonly events: readonly Announcement[]
  /** Sent to the tools once the facts are stored. */
  readonly commands: readonly ToolsCommand[]
}

/** What the stream actor sends to the chart. */
export type ReplyEvent =
  /** The response headers have arrived. */
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

/** What happens to a turn that the context window has no room for. */
export type OverflowEvent = { readonly type: 'overflow.resolve'; readonly how: OverflowPolicy }

/** What the journal actor sends to the chart. */
export type JournalEvent =
  /** It can take facts: after it has started, and whenever it can store again. */
  | { readonly type: 'journal.ready' }
  /** Everything up to this revision is stored. One beyond what was sent means that somebody else has written: it counts as lost. */
  | { readonly type: 'journal.saved'; readonly revision: number; readonly appendId?: string }
  /** It is not known whether the facts are stored. They are sent again. */
  | { readonly type: 'journal.failed'; readonly failure: Failure; readonly appendId?: string }
  /** Another writer has taken over the conversation. Final. */
  | { readonly type: 'journal.lost'; readonly failure: Failure }
  /** Sent by the chart itself: it is time to send the journal again what it could not store. */
  | { readonly type: 'journal.retry' }
  /** Sent by the chart itself: it is time to start the journal again, after it failed. */
  | { readonly type: 'journal.restart' }

/** Sent by the slot `tellStart`. */
export type LifeEvent =
  /** The actor has started. In any state but `loading`, it was restored from a snapshot: what was under way has ended. */
  { readonly type: 'conversation.started' }

/** What the actor that decides about refusals sends to the chart. */
export type DecideEvent =
  | { readonly type: 'refusal.resolve'; readonly policy: ResetPolicy }
  /** A person decides. */
  | { readonly type: 'refusal.ask' }

/** What the actor that decides about rejections sends to the chart. */
export type DecideRejectionEvent =
  | { readonly type: 'rejection.resolve'; readonly policy: RejectionPolicy }
  /** A person decides. */
  | { readonly type: 'rejection.ask' }

/** A message of the user. */
export interface UserSend {
  readonly type: 'user.send'
  readonly turnId: string
  readonly input: Content
  /** Instructions of the app for this turn: text that is sent as a `role: "system"` message after the input. */
  readonly system?: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly partial?: CutReply
}

/** Ends the turn in progress. */
export interface UserStop {
  readonly type: 'user.stop'
  /** `aborted`: the signal of the message aborted. Without a cause, a stop was asked for. */
  readonly cause?: 'aborted'
  readonly partial?: CutReply
}

/** Ends the conversation, and the turn in progress. */
export interface ConversationClose {
  readonly type: 'conversation.close'
  /** The most milliseconds to wait for the journal. Default: the delay `closeTimeout`. */
  readonly timeout?: number
  readonly partial?: CutReply
}

/**
 * What had arrived of the reply that the event cuts; `null` if the stream actor did not answer. Leave it out of what you send:
 * while a reply is received, the chart asks the stream actor for it and sends the event again with the answer.
 */
export type CutReply = PartialReply | null

/** What can cut a reply that is being received. */
export type Cut = UserSend | UserStop | ConversationClose

/** What the `streamReply` slot receives. */
export interface ReplyCommand {
  readonly type: 'reply.cut'
  /**
   * Why the reply is cut. The slot sends this event back with `partial`, in the same tick. A slot that ignores the command is
   * left all the same, and nothing of its reply is kept.
   */
  readonly by: Cut
}

/** Every event that the conversation chart takes. */
export type ConversationEvent =
  | Cut
  /** Asks the input of the last turn again, as a new turn. */
  | { readonly type: 'turn.retry'; readonly turnId: string; readonly at: number }
  | TurnBranch
  /** Moves the head to another branch. `force` allows turns that a reset withdrew. */
  | { readonly type: 'head.switch'; readonly to: string | null; readonly force?: boolean }
  | { readonly type: 'context.clear' }
  | { readonly type: 'context.compact'; readonly turnId: string; readonly at: number }
  | { readonly type: 'budget.set'; readonly budget: Budget }
  | { readonly type: 'model.switch'; readonly model: string }
  | { readonly type: 'queue.withdraw'; readonly turnId: string; readonly cause?: 'aborted' }
  | { readonly type: 'queue.release' }
  | ReplyEvent
  | JournalEvent
  | LifeEvent
  | DecideEvent
  | DecideRejectionEvent
  | OverflowEvent
  | ToolsEvent
  | { readonly type: 'tool.approve'; readonly callId: string }
  | { readonly type: 'tool.deny'; readonly callId: string; readonly reason?: string }
  /** The app's result for a call of a tool without `run`: a `tool_result` block. */
  | { readonly type: 'tool.answer'; readonly callId: string; readonly result: Block }

/** Asks the input of an earlier turn again, or an edited one, as a branch. */
export interface TurnBranch {
  readonly type: 'turn.branch'
  readonly turnId: string
  /** The turn that it branches from. If its parent may not be the head, an edited input follows the head instead. */
  readonly of: string
  /** The edited input. Default: the same input and the same `system`. */
  readonly input?: Content
  /** As of a message that is sent. An edited input has none by default. */
  readonly system?: Content
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly at: number
  readonly force?: boolean
}
