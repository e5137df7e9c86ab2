// Actions that emit. `emit…Now` emits at once; `announce…` waits until everything recorded so far is stored.
import type { DecidedBySlot, DeclineReason } from '../conversation.types.ts'
import { refusalEvents } from '../outcomes.ts'
import { announce, emitNow } from './action-kinds.ts'

export const emittingActions = {
  emitUnsavedNow: emitNow(({ journalFailure }) =>
    journalFailure ? [{ type: 'journal.unsaved', failure: journalFailure }] : [],
  ),
  /** Everything that led to the request is stored. */
  emitAttemptNow: emitNow(({ view: { open, attempt, model } }) =>
    open ? [{ type: 'attempt.started', turnId: open.id, attempt, model }] : [],
  ),
  announceRetry: announce(({ view: { open, attempt, failure } }) =>
    open && failure
      ? [{ type: 'retry.scheduled', turnId: open.id, attempt, failure, retryAfter: failure.retryAfter ?? null }]
      : [],
  ),
  emitTimeoutNow: emitNow<{ about: DecidedBySlot }>(({ view }, { about }) => [
    { type: 'decision.timedOut', turnId: (about === 'refusal' ? view.undecided : view.open?.id) ?? '', about },
  ]),
  /** A refusal that nobody has decided about when the conversation closes. */
  announceUndecided: announce(({ view }) => refusalEvents(view, null)),
  emitDeclinedNow: emitNow<{ turnId: string; reason: DeclineReason }>((_, { turnId, reason }) => [
    { type: 'send.declined', turnId, reason },
  ]),
}
