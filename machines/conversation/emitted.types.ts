// Events that the chart emits.
import type { Failure } from '../../src/errors.ts'
import type {
  Block,
  Decision,
  Part,
  Refusal,
  Rejection,
  ResetCause,
  ResetPolicy,
  Suspect,
  SwitchCause,
  Usage,
} from '../../src/journal/index.ts'
import type { ToolCallStatus } from '../tool-calls/run-tools.types.ts'

/** Why a message was declined. */
export type DeclineReason = 'busy' | 'closing' | 'duplicate-id'

/** What the chart emits, with the revision of the journal that it belongs to: everything up to there is stored. */
export type ConversationEmitted = Announcement & { readonly revision: number }

/** Something to emit once the facts that it is about are stored. */
export type Announcement =
  | { readonly type: 'attempt.started'; readonly turnId: string; readonly attempt: number; readonly model: string }
  /** What was shown of this attempt must be removed. */
  | {
      readonly type: 'retracted'
      readonly turnId: string
      readonly attempt: number
      readonly cause: 'refusal' | 'rejection' | 'retry'
    }
  | {
      readonly type: 'retry.scheduled'
      readonly turnId: string
      readonly attempt: number
      readonly failure: Failure
      /** Milliseconds asked for by the API; else the chart's own backoff applies. */
      readonly retryAfter: number | null
    }
  /** The turn is over, but its message is not: another turn, which is stored, replaces or continues it. */
  | { readonly type: 'turn.continued'; readonly turnId: string; readonly by: string; readonly failure?: Failure }
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
      /** The head was at the root: the cause is in the input, the system prompt or the tools. */
      readonly nothingLeft: boolean
      /** What the refused request carried for the first time. */
      readonly suspects: readonly Suspect[]
      /** The refused request was for a summary. The conversation is unchanged. */
      readonly compaction: boolean
    }
  | {
      readonly type: 'context.reset'
      readonly cause: ResetCause
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
  /** The API rejected a request. The next event says what follows. */
  | {
      readonly type: 'request.rejected'
      readonly turnId: string
      readonly attempt: number
      readonly rejection: Rejection
    }
  /** The next request omits these parts, or has a line in their place. */
  | { readonly type: 'request.repaired'; readonly turnId: string; readonly leftOut: readonly Part[] }
  /** Requests have a line in the place of these turns from now on. They stay in the transcript. */
  | { readonly type: 'context.setAside'; readonly turnId: string; readonly turns: readonly string[] }
  /** Requests carry these turns again. */
  | { readonly type: 'context.takenBack'; readonly turnId: string; readonly turns: readonly string[] }
  | ({ readonly type: 'toolCall.started'; readonly input: unknown } & ToolCallNotice)
  | ({ readonly type: 'toolCall.approvalRequested'; readonly input: unknown } & ToolCallNotice)
  | ({ readonly type: 'toolCall.answerRequested'; readonly input: unknown } & ToolCallNotice)
  | ({ readonly type: 'toolCall.settled'; readonly status: ToolCallStatus; readonly result: Block } & ToolCallNotice)
  | { readonly type: 'input.queued'; readonly turnId: string }
  /**
   * `refusedTurnId`: the input was refused in that turn while the message waited, so it is not sent. `cause: 'aborted'`: the signal of
   * the message aborted; otherwise the app withdrew it.
   */
  | {
      readonly type: 'input.withdrawn'
      readonly turnId: string
      readonly refusedTurnId?: string
      readonly cause?: 'aborted'
    }
  /** The input of the message was refused in another turn. It is sent again (`resendRefused: 'warn'`). */
  | { readonly type: 'input.refusedBefore'; readonly turnId: string; readonly refusedTurnId: string }
  | { readonly type: 'send.declined'; readonly turnId: string; readonly reason: DeclineReason }
  | { readonly type: 'journal.unsaved'; readonly failure: Failure }
  /** Another writer has taken over the conversation. This one ends; what it had not stored is void. */
  | { readonly type: 'conversation.lost'; readonly failure: Failure }
  /** A slot did not decide within `decideTimeout`, so the default applies. */
  | { readonly type: 'decision.timedOut'; readonly turnId: string; readonly about: DecidedBySlot }

/** What a slot decides about. */
export type DecidedBySlot = 'refusal' | 'rejection' | 'overflow'

interface ToolCallNotice {
  readonly turnId: string
  readonly callId: string
  readonly name: string
}

/**
 * `ready`: a message opens a turn. `answering`: a turn is open, and `user.stop` ends it. `busy`: something is in progress.
 * `unsaved`: the journal can't store. `awaitingDecision`, `awaitingPeople`: a person decides about a refusal or rejection,
 * or about tool calls.
 */
export type ConversationTag = 'ready' | 'answering' | 'busy' | 'unsaved' | 'awaitingDecision' | 'awaitingPeople'
