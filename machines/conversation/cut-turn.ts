// How a turn ends that is stopped, fails or is interrupted: what of it is kept, and what follows.
import { type Failure, isRejection, isTurnedDown } from '../../src/errors.ts'
import {
  evidenceIn,
  type Fact,
  step,
  toolCallId,
  type Turn,
  type TurnStatus,
  unansweredCalls,
  type View,
} from '../../src/journal/index.ts'
import { afterCompaction } from './compactions.ts'
import type { Announcement, ConversationContext, CutReply } from './conversation.types.ts'
import { compactionFailed } from './failures.ts'
import { callNotice, cancelledResult } from './open-calls.ts'
import { outcomeEvents } from './outcomes.ts'
import { announced, fieldsFacts, recorded, replyFact } from './record-facts.ts'
import { cutRetraction, retraction } from './retractions.ts'
import { undoTrials } from './rejections.ts'
import { hasRunTools, saysSomething } from './worth-keeping.ts'

/** How a turn ends without completing. */
export interface Ending {
  readonly status: Exclude<TurnStatus, 'completed' | 'refused'>
  readonly failure?: Failure
  readonly partial?: CutReply | undefined
  /** Another turn replaces it at once. */
  readonly isReplaced?: boolean
  /** Why what was shown of the reply is void, although nothing of it was refused. */
  readonly retracts?: 'rejection'
}

/** Settles the open turn without completing it, with what arrived of its last reply. */
export function cutShort(context: ConversationContext, given: Ending): ConversationContext {
  const { open } = context.view
  if (!open) return context
  const ending = open.kind === 'compaction' ? compactionEnding(context, open, given) : given
  const { partial } = ending
  const replies: readonly Fact[] =
    partial && partial.content.length > 0
      ? [replyFact(open.id, context.view.attempt, { ...partial, stopReason: null })]
      : []
  // The last request was rejected, so the replies before it would be as well.
  const isRejected = context.view.rejections.rejected.at(-1)?.lossless === false
  const settled: Fact = {
    type: 'turn.settled',
    turnId: open.id,
    status: ending.status,
    kept:
      context.settings.onStop === 'keep' &&
      open.kind !== 'compaction' &&
      (isRejected || isUnsendable(ending.failure)
        ? hasRunTools(context.view)
        : saysSomething(replies.reduce(step, context.view))),
    ...(ending.failure ? { failure: ending.failure } : {}),
    ...(ending.isReplaced ? { isReplaced: true } : {}),
    ...(partial && replies.length === 0
      ? {
          ...evidenceIn(partial),
          usage: partial.usage,
          ...(partial.model === context.view.model ? {} : { model: partial.model }),
          ...(partial.iterations ? { iterations: partial.iterations } : {}),
        }
      : {}),
  }
  const cancelled = unansweredCalls(context.view)
    .filter((call) => isUnderWay(context.view, toolCallId(call) ?? ''))
    .map((call): Announcement => {
      const { input: _, ...notice } = callNotice(context.view, toolCallId(call) ?? '')
      return { type: 'toolCall.settled', ...notice, status: 'cancelled', result: cancelledResult(notice.callId) }
    })
  const back = isRejected || (ending.failure && isTurnedDown(ending.failure)) ? returnFromAway(context.view) : []
  const fields = partial ? fieldsFacts(context.view, partial) : []
  // What the tools did is not undone. A line says so until it is known whether more can be sent.
  const aside: readonly Fact[] =
    isRejected && settled.kept ? [{ type: 'context.setAside', turnId: open.id, parts: [`turn:${open.id}`] }] : []
  const after = recorded(
    context,
    [...fields, ...replies, ...undoTrials(context.view), settled, ...aside, ...back],
    [
      ...(ending.retracts
        ? retraction(context, { shown: true, cause: ending.retracts })
        : cutRetraction(context, partial)),
      ...cancelled,
    ],
  )
  // If another turn takes its place, that is told with its opening.
  return announced(after, [...(ending.isReplaced ? [] : outcomeEvents(after)), ...back])
}

/** A failed compaction says so in its failure, and is marked as replaced if another turn follows. */
function compactionEnding({ view, settings }: ConversationContext, open: Turn, ending: Ending): Ending {
  const { status, failure } = ending
  if (status !== 'failed' || !failure) return ending
  const isReplaced = afterCompaction(view, open, settings, failure.code).length > 0
  return { ...ending, failure: compactionFailed(failure), isReplaced }
}

/** The API rejected the request: with the turn in the history, it might reject all others. */
const isUnsendable = (failure: Failure | undefined): boolean => failure !== undefined && isRejection(failure)

/** An outage model that accepts nothing would fail every message from now on, so the conversation returns. */
function returnFromAway({ away, model }: View): readonly ModelSwitch[] {
  return away?.turns === 0 ? [{ type: 'model.switched', from: model, to: away.from, cause: 'return' }] : []
}

type ModelSwitch = Extract<Fact, { type: 'model.switched' }>

/** Whether an event about the call was emitted. */
const isUnderWay = (view: View, callId: string): boolean =>
  view.startedCalls.includes(callId) || view.awaitingApproval.includes(callId) || view.awaitingAnswer.includes(callId)
