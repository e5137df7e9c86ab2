import type { ConversationEmitted, Delta, ReplyEmitted } from '../../machines/index.ts'
import type { TurnstateError } from '../errors.ts'
import type { Decision, ResetPolicy, Usage } from '../journal/index.ts'

/** A refusal, as the app is told of it. */
export interface RefusalReport {
  readonly turnId: string
  /** The API's category, or `null`. New ones may appear at any time. */
  readonly category: string | null
  /** The classifier's own words. NOT for end users: for logs only. Show `messageForUser`. */
  readonly explanation: string | null
  /** A sentence that may be shown. */
  readonly messageForUser: string
  /** Some of the reply had been shown before it was refused; it is void now. */
  readonly textShown: boolean
  readonly usage: Usage
  /** The policy taken; `manual` waits for `resolveRefusal`. `null`: the conversation closed before it was decided. */
  readonly policy: Decision | null
  /** Nothing was left to put aside: the cause is in the input, the system prompt or the tools. */
  readonly nothingLeft: boolean
}

/** A change of the context, as the app is told of it. */
export interface ContextReset {
  readonly cause: 'refusal' | 'clear'
  readonly policy: ResetPolicy
  /** The refused turn, when a refusal is the cause. */
  readonly turnId: string | null
  /** The turns that left the context, and why: `refused` for ever, `withdrawn` with it. */
  readonly left: readonly { readonly turnId: string; readonly why: 'refused' | 'withdrawn' }[]
  /** The last turn that the model still builds on. */
  readonly head: string | null
  readonly nothingLeft: boolean
}

/** Finish reasons as other toolkits unify them. */
export type FinishReason = 'stop' | 'length' | 'content-filter' | 'tool-calls' | 'error' | 'other'

/** How a message ended, after everything that its refusals led to. */
export interface TurnOutcome {
  readonly status: 'completed' | 'refused' | 'stopped' | 'failed'
  /** The turn that the outcome is of: the last one, if the input was asked again in other words. */
  readonly turnId: string
  /** The text of the last reply. Empty when it was refused. */
  readonly text: string
  /** As the API gave it; `null` when none came. */
  readonly stopReason: string | null
  readonly finishReason: FinishReason
  /** All turns that the input led to, refused ones included. */
  readonly usage: Usage
  /** Refusals on the way, the last one included. */
  readonly refusals: readonly RefusalReport[]
  /** The refusal, when the outcome is one. */
  readonly refusal?: RefusalReport
  /** What left the context for it. Missing while a person decides. */
  readonly reset?: ContextReset
  readonly error?: TurnstateError
}

interface WithOutcome {
  readonly turnId: string
  readonly outcome: TurnOutcome
}

type Passed = Extract<
  ConversationEmitted,
  {
    type:
      | 'attempt.started'
      | 'retracted'
      | 'retry.scheduled'
      | 'model.switched'
      | 'input.queued'
      | 'input.withdrawn'
      | 'journal.unsaved'
  }
>

/** A change of the chart's state. Nested names are dotted: `refused.deciding`. */
export interface StateChange {
  readonly type: 'state'
  readonly from: string
  readonly to: string
  /** The event that caused it. */
  readonly event: string
}

/** Everything that a conversation tells, by `on` and by its turns. */
export type ConversationNotice =
  | Delta
  | Extract<ReplyEmitted, { type: 'unknown' }>
  | Passed
  | ({ readonly type: 'turn.completed' } & WithOutcome)
  | ({ readonly type: 'turn.stopped' } & WithOutcome)
  | ({ readonly type: 'turn.failed' } & WithOutcome)
  /** The outcome is there when this is the last event of a turn: after the reset is stored. */
  | ({ readonly type: 'turn.refused'; readonly outcome?: TurnOutcome } & RefusalReport)
  | ({ readonly type: 'context.reset' } & ContextReset)
  | StateChange

export type NoticeType = ConversationNotice['type']

/** The notice of a type. */
export type Notice<Type extends NoticeType> = Extract<ConversationNotice, { type: Type }>

/** What a listener to a type, or to all of them (`*`), is told. */
export type NoticeFor<Type extends NoticeType | '*'> = Type extends NoticeType ? Notice<Type> : ConversationNotice

export const isFor = <Type extends NoticeType | '*'>(
  type: Type,
  notice: ConversationNotice,
): notice is NoticeFor<Type> => type === '*' || notice.type === type

/** What a turn yields. */
export type TurnEvent = Exclude<ConversationNotice, StateChange>
