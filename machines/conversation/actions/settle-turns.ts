// What ends a turn, and what a refusal leads to.
import { type ActorRefFrom, type AnyActorRef, sendTo } from 'xstate'
import type { Failure } from '../../../src/errors.ts'
import {
  cutTurnsAsking,
  evidenceIn,
  type Fact,
  type ResetPolicy,
  toolCallId,
  unansweredCalls,
  undecidedTurn,
} from '../../../src/journal/index.ts'
import { overBudget } from '../budget.ts'
import { callNotice, notRunResult, resultFact } from '../open-calls.ts'
import type {
  Announcement,
  ConversationContext,
  ConversationEvent,
  Cut,
  CutReply,
  RefusedReply,
} from '../conversation.types.ts'
import type { streamReplySlot } from '../default-slots.ts'
import { cutShort } from '../cut-turn.ts'
import { announced, recorded } from '../record-facts.ts'
import { afterCompaction, overflowFailure } from '../compactions.ts'
import { isFollowed, outcomeEvents, refusalEvents } from '../outcomes.ts'
import { resetByPolicy } from '../resets.ts'
import { cutRetraction, retraction } from '../retractions.ts'
import { aborted, compactionRefused, interrupted } from '../failures.ts'
import { announce, change } from './action-kinds.ts'

const quarantineFacts = (
  { view }: ConversationContext,
  { refusal, usage, iterations, ...told }: RefusedReply,
): readonly Fact[] => {
  const { open } = view
  if (!open) return []
  // The input of a compaction is not the user's.
  const sameWords = open.kind === 'compaction' ? [] : cutTurnsAsking(view, open.input)
  return [
    {
      type: 'turn.settled',
      turnId: open.id,
      status: 'refused',
      kept: false,
      ...evidenceIn(told),
      refusal,
      usage,
      ...(open.kind === 'compaction' ? { failure: compactionRefused } : {}),
      ...(iterations ? { iterations } : {}),
      ...(sameWords.length > 0 ? { sameWords } : {}),
    },
  ]
}

/** A reply that completes a turn may contain calls: it was cut, or has another stop reason than `tool_use`. They get error results. */
function callsNotRun({ view }: ConversationContext): {
  readonly facts: readonly Fact[]
  readonly notices: readonly Announcement[]
} {
  const last = view.open?.steps.findLast((step) => step.role === 'assistant')
  const results = unansweredCalls(view).map((call) => notRunResult(toolCallId(call) ?? '', last?.stopReason ?? null))
  return {
    facts: results.flatMap((result) => resultFact(view, String(result['tool_use_id']), result)),
    notices: results.map((result): Announcement => {
      const { input: _, ...notice } = callNotice(view, String(result['tool_use_id']))
      return { type: 'toolCall.settled', ...notice, status: 'cancelled', result }
    }),
  }
}

export const settlingActions = {
  /** Asks the stream actor for what has arrived of the reply. It answers at once, with the event and `partial`. */
  askForPartial: sendTo<
    ConversationContext,
    ConversationEvent,
    Cut,
    ActorRefFrom<typeof streamReplySlot>,
    ConversationEvent
  >('reply', (_, by) => ({ type: 'reply.cut', by })),
  /**
   * Sends the event again without an answer, so that no slot can hold up a stop. It comes after the answer, which a raised event
   * would not, and where there was one it changes nothing any more.
   */
  cutAnyway: sendTo<ConversationContext, ConversationEvent, Cut, AnyActorRef, ConversationEvent>(
    ({ self }) => self,
    (_: unknown, by: Cut) => ({ ...by, partial: null }),
  ),
  settleCompleted: change<undefined>((context) => {
    const { open } = context.view
    if (!open) return {}
    const fact: Fact = { type: 'turn.settled', turnId: open.id, status: 'completed', kept: true }
    const notRun = callsNotRun(context)
    const settled = recorded(context, [...notRun.facts, fact], notRun.notices)
    const compacted: readonly Announcement[] =
      open.kind === 'compaction' ? [{ type: 'context.compacted', turnId: open.id }] : []
    // Where another turn follows, the message is not over: the outcome waits for it, or for what prevents it.
    return announced(settled, [...compacted, ...(isFollowed(settled) ? [] : outcomeEvents(settled))])
  }),
  /** The turn that was to follow is not opened after all. */
  announceOutcome: announce((context) => outcomeEvents(context)),
  settleStopped: change<{ partial?: CutReply | undefined; cause?: 'aborted' | undefined; isRejected?: boolean }>(
    (context, { partial, cause, isRejected = false }) =>
      cutShort(context, {
        status: 'stopped',
        partial,
        ...(cause === 'aborted' ? { failure: aborted } : {}),
        ...(isRejected ? { retracts: 'rejection' as const } : {}),
      }),
  ),
  settleFailed: change<{ failure: Failure; partial?: CutReply | undefined }>((context, { failure, partial }) =>
    cutShort(context, { status: 'failed', failure, partial }),
  ),
  settleInterrupted: change<undefined>((context) => cutShort(context, { status: 'interrupted', failure: interrupted })),
  settleOverflowed: change<undefined>((context) =>
    cutShort(context, { status: 'failed', failure: overflowFailure(context.view) }),
  ),
  settleOverBudget: change<undefined>((context) =>
    cutShort(context, { status: 'failed', failure: overBudget(context) }),
  ),
  /** Settles the open turn as refused. Nothing of its last reply is recorded, here or anywhere. */
  quarantine: change<RefusedReply>((context, refused) =>
    recorded(
      context,
      quarantineFacts(context, refused),
      retraction(context, { shown: refused.refusal.textShown, cause: 'refusal' }),
    ),
  ),
  /** The same for a reply that was cut after its refusal had arrived. */
  quarantineCut: change<{ partial?: CutReply | undefined }>((context, { partial }) =>
    partial?.refusal
      ? recorded(context, quarantineFacts(context, partial.refusal), cutRetraction(context, partial))
      : {},
  ),
  /** Decides about a refusal. It is announced once the reset, and what is asked instead, are stored. */
  resetContext: change<{ policy: ResetPolicy }>((context, { policy }) =>
    resetByPolicy(context, policy, 'refusal', { told: refusalEvents(context.view, policy) }),
  ),
  /** The same for one that was told when it was handed to a person. */
  resetDeferred: change<{ policy: ResetPolicy }>((context, { policy }) =>
    resetByPolicy(context, policy, 'refusal', { decidedBy: 'person' }),
  ),
  /** Hands a refusal to a person. */
  deferRefusal: change<undefined>((context) => {
    const { undecided } = context.view
    return undecided === null
      ? {}
      : recorded(context, [{ type: 'refusal.deferred', turnId: undecided }], refusalEvents(context.view, 'manual'))
  }),
  /** Resets a refused compaction and opens the turn that follows it. */
  leaveCompaction: change<undefined>((context) => {
    const refused = undecidedTurn(context.view)
    return resetByPolicy(context, 'drop-turn', 'refusal', {
      told: refusalEvents(context.view, 'drop-turn'),
      next: (view) => (refused ? afterCompaction(view, refused, context.settings, undefined) : []),
    })
  }),
  clearContext: change<undefined>((context) => resetByPolicy(context, 'clear', 'clear')),
}
