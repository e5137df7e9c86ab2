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
  ConversationContext,
  ConversationEmitted,
  ConversationEvent,
  Cut,
  CutReply,
  RefusedReply,
} from '../conversation.types.ts'
import type { streamReplySlot } from '../default-slots.ts'
import { cutShort } from '../cut-turn.ts'
import { recorded } from '../record-facts.ts'
import { afterCompaction } from '../compactions.ts'
import { resetByPolicy } from '../resets.ts'
import { aborted, compactionRefused, interrupted, noRoom } from '../failures.ts'
import { change, record } from './action-kinds.ts'

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
  readonly notices: readonly ConversationEmitted[]
} {
  const last = view.open?.steps.findLast((step) => step.role === 'assistant')
  const results = unansweredCalls(view).map((call) => notRunResult(toolCallId(call) ?? '', last?.stopReason ?? null))
  return {
    facts: results.flatMap((result) => resultFact(view, String(result['tool_use_id']), result)),
    notices: results.map((result): ConversationEmitted => {
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
    const told: readonly ConversationEmitted[] = [
      ...notRun.notices,
      ...(open.kind === 'compaction' ? [{ type: 'context.compacted', turnId: open.id } as const] : []),
      { type: 'turn.completed', turnId: open.id },
    ]
    return { ...recorded(context, [...notRun.facts, fact], ...told), failure: null }
  }),
  settleStopped: change<{ partial?: CutReply | undefined; cause?: 'aborted' | undefined }>(
    (context, { partial, cause }) =>
      cutShort(context, { status: 'stopped', partial, ...(cause === 'aborted' ? { failure: aborted } : {}) }),
  ),
  settleFailed: change<{ failure: Failure; partial?: CutReply | undefined }>((context, { failure, partial }) =>
    cutShort(context, { status: 'failed', failure, partial }),
  ),
  settleInterrupted: change<undefined>((context) => cutShort(context, { status: 'interrupted', failure: interrupted })),
  /** Keeps the failure while the turn waits for a decision about the overflow. */
  setOverflowFailure: change<{ failure: Failure }>((_, { failure }) => ({ failure })),
  settleOverflowed: change<undefined>((context) =>
    cutShort(context, { status: 'failed', failure: context.failure ?? noRoom }),
  ),
  settleOverBudget: change<undefined>((context) =>
    cutShort(context, { status: 'failed', failure: overBudget(context) }),
  ),
  /** Settles the open turn as refused. Nothing of its last reply is recorded, here or anywhere. */
  quarantine: record<RefusedReply>(quarantineFacts),
  /** The same for a reply that was cut after its refusal had arrived. */
  quarantineCut: record<{ partial?: CutReply | undefined }>((context, { partial }) =>
    partial?.refusal ? quarantineFacts(context, partial.refusal) : [],
  ),
  resetContext: change<{ policy: ResetPolicy; decidedBy?: 'person' }>((context, { policy, decidedBy }) =>
    resetByPolicy(context, policy, 'refusal', decidedBy),
  ),
  /** Resets a refused compaction and opens the turn that follows it. */
  leaveCompaction: change<undefined>((context) => {
    const refused = undecidedTurn(context.view)
    const reset = resetByPolicy(context, 'drop-turn', 'refusal')
    const next = refused ? afterCompaction(reset.view, refused, context.settings, undefined) : []
    return next.length > 0 ? recorded(reset, next) : { ...reset, failure: compactionRefused }
  }),
  clearContext: change<undefined>((context) => ({ ...resetByPolicy(context, 'clear', 'clear'), failure: null })),
}
