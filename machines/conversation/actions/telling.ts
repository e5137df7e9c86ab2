// What people are told.
import { type Decision, findTurn, suspects, type View } from '../../../src/journal/index.ts'
import { isOverBudget } from '../budget.ts'
import { callNotice } from '../calls.ts'
import { conversationSetup } from '../conversation.setup.ts'
import type { ConversationEmitted, DecidedBySlot, DeclineReason } from '../conversation.types.ts'
import { change, tell } from './change.ts'

function refusalAnnouncement(view: View, policy: Decision | null): readonly ConversationEmitted[] {
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

export const telling = {
  /** Tells what is stored by now. */
  announce: conversationSetup.enqueueActions(({ context, enqueue, check }) => {
    if (!check('isSaved')) return
    for (const announcement of context.unannounced) enqueue.emit(announcement)
    enqueue.assign({ unannounced: [] })
  }),
  announceUnsaved: tell(({ journalFailure }) =>
    journalFailure ? [{ type: 'journal.unsaved', failure: journalFailure }] : [],
  ),
  announceAttempt: tell((context) => {
    const { view, attempt } = context
    // Over budget, nothing is asked.
    return view.open && !isOverBudget(context)
      ? [{ type: 'attempt.started', turnId: view.open.id, attempt, model: view.model }]
      : []
  }),
  announceCall: tell<{ callId: string }>(({ view }, { callId }) => [
    { type: 'toolCall.started', ...callNotice(view, callId) },
  ]),
  announceRetraction: tell<{ shown: boolean; cause: 'refusal' | 'rejection' | 'retry' }>(
    ({ view: { open }, attempt }, { shown, cause }) =>
      open && shown ? [{ type: 'retracted', turnId: open.id, attempt, cause }] : [],
  ),
  announceRetry: tell(({ view: { open }, attempt, failure, retryAfter }) =>
    open && failure ? [{ type: 'retry.scheduled', turnId: open.id, attempt: attempt + 1, failure, retryAfter }] : [],
  ),
  announceTimeout: tell<{ about: DecidedBySlot }>(({ view }, { about }) => [
    { type: 'decision.timedOut', turnId: (about === 'refusal' ? view.undecided : view.open?.id) ?? '', about },
  ]),
  announceRefusal: tell<{ policy: Decision | null }>(({ view }, { policy }) => refusalAnnouncement(view, policy)),
  /** Tells of a refusal that is not stored yet, once it is. */
  noteRefusal: change<{ policy: Decision | null }>(({ view, unannounced }, { policy }) => ({
    unannounced: [...unannounced, ...refusalAnnouncement(view, policy)],
  })),
  decline: tell<{ turnId: string; reason: DeclineReason }>((_, { turnId, reason }) => [
    { type: 'send.declined', turnId, reason },
  ]),
}
