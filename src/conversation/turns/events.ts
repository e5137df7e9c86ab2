import type { Citation, ConversationEmitted, Delta, ReplyEmitted } from '../../../machines/index.ts'
import type { TurnstateError } from '../../errors.ts'
import type { ContextReset, MessageOutcome, MessageRefusal } from '../../journal/index.ts'

/** A refusal, as the app sees it. */
export interface RefusalReport extends MessageRefusal {
  /** A sentence that may be shown. Empty where the API itself went on with another model. */
  readonly messageForUser: string
}

/** How a message ended, after everything that its refusals led to. */
export interface TurnOutcome extends Omit<MessageOutcome, 'refusals' | 'refusal' | 'failure' | 'isStructured'> {
  /** What `output_config.format` asked for, once the reply is whole. */
  readonly parsed?: unknown
  /** Refusals on the way, the last one included. */
  readonly refusals: readonly RefusalReport[]
  /** The refusal, when the outcome is one. */
  readonly refusal?: RefusalReport
  readonly error?: TurnstateError
}

/** An event about what is in the journal. */
interface Recorded {
  /** The number of facts in the journal up to what the event is about: all of them are stored. */
  readonly revision: number
}

interface WithOutcome extends Recorded {
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
      | 'conversation.lost'
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
export interface RefusedBefore extends Recorded {
  readonly type: 'input.refusedBefore'
  readonly turnId: string
  /** The turn in which they were refused. */
  readonly refusedTurnId: string
}

/** Requests to this model leave out fields that it is known to reject. Emitted once for each model and set of fields. */
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
 * The system prompt, the tools or other request fields have changed. Thinking is bound to the first two: `chat.leftOut` lists what
 * later requests leave out. `request`: by setRequest(), which can change all of them.
 */
export interface PromptChanged {
  readonly type: 'prompt.changed'
  readonly what: 'system' | 'tools' | 'request'
}

/** Every event of a conversation, delivered by `on` and by its turns. */
export type ConversationNotice =
  | Delta
  | Citation
  | Extract<ReplyEmitted, { type: 'unknown' }>
  | ChartNotice
  /** The turn is over, but its message is not: another turn replaces or continues it. */
  | ({
      readonly type: 'turn.continued'
      readonly turnId: string
      readonly by: string
      /** Why the turn failed, if it did: `compaction-failed`, say. */
      readonly error?: TurnstateError
    } & Recorded)
  | ({ readonly type: 'turn.completed' } & WithOutcome)
  | ({ readonly type: 'turn.stopped' } & WithOutcome)
  | ({ readonly type: 'turn.failed' } & WithOutcome)
  /** Has the outcome if this is the last event of a turn: after the reset is stored. */
  | ({ readonly type: 'turn.refused'; readonly outcome?: TurnOutcome } & RefusalReport & Recorded)
  | ({ readonly type: 'context.reset' } & ContextReset & Recorded)
  | RefusedBefore
  | RequestAdapted
  | PromptChanged
  | StateChange

/** The names of the events that `chat.on` delivers. */
export type NoticeType = ConversationNotice['type']

const names: Readonly<Record<NoticeType, true>> = {
  'attempt.started': true,
  citation: true,
  'conversation.lost': true,
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

/** The event that a listener to a type, or to all types (`*`), receives. */
export type NoticeFor<Type extends NoticeType | '*'> = Type extends NoticeType ? Notice<Type> : ConversationNotice

export const isFor = <Type extends NoticeType | '*'>(
  type: Type,
  notice: ConversationNotice,
): notice is NoticeFor<Type> => type === '*' || notice.type === type

/** The events that a turn yields. */
export type TurnEvent = Exclude<ConversationNotice, StateChange | PromptChanged>
