import type { Citation, ConversationEmitted, Delta, ReplyEmitted } from '../../../machines/index.ts'
import type { TurnstateError } from '../../errors.ts'
import type {
  ApiObject,
  Attempt,
  Decision,
  Evidence,
  FinishReason,
  Rejection,
  ResetPolicy,
  Suspect,
  Usage,
} from '../../journal/index.ts'

/** A refusal, as the app is told of it. */
export interface RefusalReport extends Pick<Evidence, 'messageId' | 'requestId'> {
  readonly turnId: string
  /** The API's category, or `null`. New ones may appear at any time. */
  readonly category: string | null
  /** The classifier's own words. NOT for end users: for logs only. Show `messageForUser`. */
  readonly explanation: string | null
  /** A sentence that may be shown. Empty where the API itself went on with another model. */
  readonly messageForUser: string
  /** Some of the reply had been shown before it was refused; it is void now. */
  readonly textShown: boolean
  /** The model that refused. */
  readonly model: string | null
  /** The model that the API would have gone on with, had it been free (`stop_details.recommended_model`). */
  readonly recommendedModel?: string
  /**
   * The API itself went on with another model, in the same request (`serverFallbacks`): no policy was asked, and what was
   * shown of the reply stands.
   */
  readonly servedByApi?: true
  readonly usage: Usage
  /** The policy taken; `manual` waits for `resolveRefusal`. `null`: the conversation closed before it was decided. */
  readonly policy: Decision | null
  /** Nothing was left to put aside: the cause is in the input, the system prompt or the tools. */
  readonly nothingLeft: boolean
  /** What the request carried for the first time: the cause is most likely among it. Nothing was asked to find out. */
  readonly suspects: readonly Suspect[]
  /** A summary was refused, not a turn of the user's: the conversation is as it was. */
  readonly compaction: boolean
}

/** A change of the context, as the app is told of it. */
export interface ContextReset {
  readonly cause: 'refusal' | 'rejection' | 'clear'
  readonly policy: ResetPolicy
  /** The refused turn, when a refusal is the cause. */
  readonly turnId: string | null
  /** The turns that left the context, and why: `refused` for ever, `withdrawn` with it. */
  readonly left: readonly { readonly turnId: string; readonly why: 'refused' | 'withdrawn' }[]
  /** The last turn that the model still builds on. */
  readonly head: string | null
  readonly nothingLeft: boolean
}

/** How a message ended, after everything that its refusals led to. */
export interface TurnOutcome extends Pick<Evidence, 'messageId' | 'requestId' | 'stopSequence'> {
  readonly status: 'completed' | 'refused' | 'stopped' | 'failed'
  /** The turn that the outcome is of: the last one, if the input was asked again in other words. */
  readonly turnId: string
  /** The text of the last reply, whole where it was continued. Empty when it was refused. */
  readonly text: string
  /** The model that gave it, or `null` when none did. */
  readonly model: string | null
  /** The reply was cut by `maxTokens` or by the context window. */
  readonly truncated: boolean
  /** What `output_config.format` asked for, once the reply is whole. */
  readonly parsed?: unknown
  /** As the API gave it; `null` when none came. */
  readonly stopReason: string | null
  readonly finishReason: FinishReason
  /** All turns that the input led to, refused ones included. */
  readonly usage: Usage
  /** The requests that it took, and what each cost. */
  readonly attempts: readonly Attempt[]
  /** The API's own fallback served the reply, after the model that was asked had refused. */
  readonly servedAfterRefusal: boolean
  /** What the API left out of the context by itself while it answered, as it says it. */
  readonly appliedEdits?: readonly ApiObject[]
  /** What the API changed about the input, as it says it: thinking that it dropped, say. */
  readonly inputTransformations?: readonly ApiObject[]
  /** The container that the reply left behind, and when it expires, as the API writes it. */
  readonly container?: { readonly id: string; readonly expiresAt?: string }
  /** What became of a fallback credit, as the API tells it: `{ status: { type: 'redeemed' } }`, or `not_applied` with a reason. */
  readonly fallbackCredit?: Readonly<Record<string, unknown>>
  /** Refusals on the way, the last one included. */
  readonly refusals: readonly RefusalReport[]
  /** The refusal, when the outcome is one. */
  readonly refusal?: RefusalReport
  /**
   * The last request of it that the API did not take: what it said, and what was new in it. A completed message may have one:
   * the same was asked again without what was to blame.
   */
  readonly rejection?: Rejection
  /** What left the context for it. Missing while a person decides. */
  readonly reset?: ContextReset
  readonly error?: TurnstateError
}

interface WithOutcome {
  readonly turnId: string
  readonly outcome: TurnOutcome
}

/** Events of the chart that `chat.on` delivers unchanged. */
type ChartNotice = Extract<
  ConversationEmitted,
  {
    type:
      | 'attempt.started'
      | 'retracted'
      | 'retry.scheduled'
      | 'model.switched'
      | 'head.switched'
      | 'context.compacted'
      | 'thinking.stripped'
      | 'request.rejected'
      | 'request.repaired'
      | 'context.setAside'
      | 'context.takenBack'
      | 'toolCall.started'
      | 'toolCall.approvalRequested'
      | 'toolCall.answerRequested'
      | 'toolCall.settled'
      | 'input.queued'
      | 'input.withdrawn'
      | 'journal.unsaved'
      | 'decision.timedOut'
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

/** The same words were refused before, here or in the conversation that this one was forked from. They are sent. */
export interface RefusedBefore {
  readonly type: 'input.refusedBefore'
  readonly turnId: string
  /** The turn in which they were refused. */
  readonly refusedTurnId: string
}

/** Requests to this model leave out what it is known not to take. Told once for each model. */
export interface RequestAdapted {
  readonly type: 'request.adapted'
  readonly turnId: string
  readonly model: string
  /** Names of the fields, as the API has them; `max_tokens` where it is lowered. */
  readonly left: readonly string[]
  /** The most tokens that a reply may have there. */
  readonly maxTokens: number
}

/**
 * The system prompt, the tools or other fields of the request are others from now on. Thinking is bound to the first two:
 * `chat.leftOut` tells what leaves. `request`: by setRequest(), which can change all of them.
 */
export interface PromptChanged {
  readonly type: 'prompt.changed'
  readonly what: 'system' | 'tools' | 'request'
}

/** Everything that a conversation tells, by `on` and by its turns. */
export type ConversationNotice =
  | Delta
  | Citation
  | Extract<ReplyEmitted, { type: 'unknown' }>
  | ChartNotice
  /** The turn is over and its message is not: a turn in its place, or for the rest of it, is asked. */
  | {
      readonly type: 'turn.continued'
      readonly turnId: string
      readonly by: string
      /** Why it came to nothing, where it did: `compaction-failed`, say. */
      readonly error?: TurnstateError
    }
  | ({ readonly type: 'turn.completed' } & WithOutcome)
  | ({ readonly type: 'turn.stopped' } & WithOutcome)
  | ({ readonly type: 'turn.failed' } & WithOutcome)
  /** The outcome is there when this is the last event of a turn: after the reset is stored. */
  | ({ readonly type: 'turn.refused'; readonly outcome?: TurnOutcome } & RefusalReport)
  | ({ readonly type: 'context.reset' } & ContextReset)
  | RefusedBefore
  | RequestAdapted
  | PromptChanged
  | StateChange

/** The names of the events that `chat.on` delivers. */
export type NoticeType = ConversationNotice['type']

const names: Readonly<Record<NoticeType, true>> = {
  'attempt.started': true,
  citation: true,
  'context.compacted': true,
  'context.reset': true,
  'context.setAside': true,
  'context.takenBack': true,
  'decision.timedOut': true,
  delta: true,
  'head.switched': true,
  'input.queued': true,
  'input.refusedBefore': true,
  'input.withdrawn': true,
  'journal.unsaved': true,
  'model.switched': true,
  'prompt.changed': true,
  'request.adapted': true,
  'request.rejected': true,
  'request.repaired': true,
  retracted: true,
  'retry.scheduled': true,
  state: true,
  'thinking.stripped': true,
  'toolCall.answerRequested': true,
  'toolCall.approvalRequested': true,
  'toolCall.settled': true,
  'toolCall.started': true,
  'turn.completed': true,
  'turn.continued': true,
  'turn.failed': true,
  'turn.refused': true,
  'turn.stopped': true,
  unknown: true,
}

/** Every event that `chat.on` delivers, by name. */
export const noticeTypes: readonly string[] = Object.keys(names)

/** The notice of a type. */
export type Notice<Type extends NoticeType> = Extract<ConversationNotice, { type: Type }>

/** What a listener to a type, or to all of them (`*`), is told. */
export type NoticeFor<Type extends NoticeType | '*'> = Type extends NoticeType ? Notice<Type> : ConversationNotice

export const isFor = <Type extends NoticeType | '*'>(
  type: Type,
  notice: ConversationNotice,
): notice is NoticeFor<Type> => type === '*' || notice.type === type

/** What a turn yields. */
export type TurnEvent = Exclude<ConversationNotice, StateChange | PromptChanged>
