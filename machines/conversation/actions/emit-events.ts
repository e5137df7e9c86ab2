// Actions that emit. `emit…Now` emits at once; `emit…WhenStored` waits until the journal has stored everything.
import { type Decision, findTurn, suspects, type View } from '../../../src/journal/index.ts'
import { isOverBudget } from '../budget.ts'
import { callNotice } from '../open-calls.ts'
import { conversationSetup } from '../conversation.setup.ts'
import type { ConversationEmitted, DecidedBySlot, DeclineReason } from '../conversation.types.ts'
import { change, emitNow } from './action-kinds.ts'

function refusalEvents(view: View, policy: Decision | null): readonly ConversationEmitted[] {
  const turn = view.undecided === null ? undefined : findTurn(view, view.undecided)
  if (!turn?.refusal) return []
  const { id: turnId, refusal, usage } = turn
  return [
    {
      type: 'turn.refused',
      turnId,
      refusal,
      usage,
      policy,
      nothingLeft: view.head === null,
      suspects: suspects(view, turnId),
      compaction: turn.kind === 'compaction',
    },
  ]
}

export const emittingActions = {
  /** Emits everything that waited for the journal, if all facts are stored. */
  emitStored: conversationSetup.enqueueActions(({ context, enqueue, check }) => {
    if (!check('isSaved')) return
    for (const announcement of context.emitWhenStored) enqueue.emit(announcement)
    enqueue.assign({ emitWhenStored: [] })
  }),
  emitUnsavedNow: emitNow(({ journalFailure }) =>
    journalFailure ? [{ type: 'journal.unsaved', failure: journalFailure }] : [],
  ),
  emitAttemptNow: emitNow((context) => {
    const { view, attempt } = context
    // Over budget, no request is sent.
    return view.open && !isOverBudget(context)
      ? [{ type: 'attempt.started', turnId: view.open.id, attempt, model: view.model }]
      : []
  }),
  emitCallNow: emitNow<{ callId: string }>(({ view }, { callId }) => [
    { type: 'toolCall.started', ...callNotice(view, callId) },
  ]),
  emitRetractionNow: emitNow<{ shown: boolean; cause: 'refusal' | 'rejection' | 'retry' }>(
    ({ view: { open }, attempt }, { shown, cause }) =>
      open && shown ? [{ type: 'retracted', turnId: open.id, attempt, cause }] : [],
  ),
  emitRetryNow: emitNow(({ view: { open }, attempt, failure, retryAfter }) =>
    open && failure ? [{ type: 'retry.scheduled', turnId: open.id, attempt: attempt + 1, failure, retryAfter }] : [],
  ),
  emitTimeoutNow: emitNow<{ about: DecidedBySlot }>(({ view }, { about }) => [
    { type: 'decision.timedOut', turnId: (about === 'refusal' ? view.undecided : view.open?.id) ?? '', about },
  ]),
  emitRefusalNow: emitNow<{ policy: Decision | null }>(({ view }, { policy }) => refusalEvents(view, policy)),
  /** For a refusal whose fact is not stored yet. */
  emitRefusalWhenStored: change<{ policy: Decision | null }>(({ view, emitWhenStored }, { policy }) => ({
    emitWhenStored: [...emitWhenStored, ...refusalEvents(view, policy)],
  })),
  emitDeclinedNow: emitNow<{ turnId: string; reason: DeclineReason }>((_, { turnId, reason }) => [
    { type: 'send.declined', turnId, reason },
  ]),
}
