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
import type { ConversationContext, ConversationEmitted, PartialReply } from './conversation.types.ts'
import { compactionFailed, interrupted } from './failures.ts'
import { callNotice, cancelledResult } from './open-calls.ts'
import { fieldsFacts, recorded, replyFact } from './record-facts.ts'
import { undoTrials } from './rejections.ts'
import { hasRunTools, saysSomething } from './worth-keeping.ts'

/** How a turn ends that does not reach its goal. */
export interface Ending {
  readonly status: Exclude<TurnStatus, 'completed' | 'refused'>
  readonly failure?: Failure
  readonly partial?: PartialReply | undefined
  /** Another turn takes its place at once. */
  readonly isReplaced?: boolean
}

/** Settles the open turn short of its goal, with what there is of its last reply. */
export function cutShort(context: ConversationContext, given: Ending): ConversationContext {
  const { open } = context.view
  if (!open) return context
  const ending = open.kind === 'compaction' ? compactionEnding(context, open, given) : given
  const { partial } = ending
  const replies: readonly Fact[] =
    partial && partial.content.length > 0 ? [replyFact(open.id, context.attempt, { ...partial, stopReason: null })] : []
  // The last request was not taken: what was said before it would not be, either.
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
  const announcement: ConversationEmitted =
    ending.status === 'stopped'
      ? { type: 'turn.stopped', turnId: open.id }
      : { type: 'turn.failed', turnId: open.id, failure: ending.failure ?? interrupted }
  const cancelled = unansweredCalls(context.view)
    .filter((call) => isUnderWay(context.view, toolCallId(call) ?? ''))
    .map((call): ConversationEmitted => {
      const { input: _, ...notice } = callNotice(context.view, toolCallId(call) ?? '')
      return { type: 'toolCall.settled', ...notice, status: 'cancelled', result: cancelledResult(notice.callId) }
    })
  const back = isRejected || (ending.failure && isTurnedDown(ending.failure)) ? returnFromAway(context.view) : []
  const fields = partial ? fieldsFacts(context.view, partial) : []
  // What the tools did stands, and a line says so until it is known whether more can be sent.
  const aside: readonly Fact[] =
    isRejected && settled.kept ? [{ type: 'context.setAside', turnId: open.id, parts: [`turn:${open.id}`] }] : []
  return {
    ...recorded(
      context,
      [...fields, ...replies, ...undoTrials(context.view), settled, ...aside, ...back],
      ...cancelled,
      announcement,
      ...back,
    ),
    failure: ending.failure ?? null,
  }
}

/** A compaction that came to nothing says so, and is over for now as long as something follows it. */
function compactionEnding({ view, settings }: ConversationContext, open: Turn, ending: Ending): Ending {
  const { status, failure } = ending
  if (status !== 'failed' || !failure) return ending
  const isReplaced = afterCompaction(view, open, settings, failure.code).length > 0
  return { ...ending, failure: compactionFailed(failure), isReplaced }
}

/** The API did not take the request as it is: with the turn in the history, it might take none any more. */
const isUnsendable = (failure: Failure | undefined): boolean => failure !== undefined && isRejection(failure)

/** A model that was gone to and that takes nothing would fail every message from now on. */
function returnFromAway({ away, model }: View): readonly ModelSwitch[] {
  return away?.turns === 0 ? [{ type: 'model.switched', from: model, to: away.from, cause: 'return' }] : []
}

type ModelSwitch = Extract<Fact, { type: 'model.switched' }>

/** People know of the call. */
const isUnderWay = (view: View, callId: string): boolean =>
  view.startedCalls.includes(callId) || view.awaitingApproval.includes(callId) || view.awaitingAnswer.includes(callId)
