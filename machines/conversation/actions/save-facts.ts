// What is sent to the journal, and what comes back.
import type { Failure } from '../../../src/errors.ts'
import { conversationSetup } from '../conversation.setup.ts'
import { journalSilent } from '../failures.ts'
import { change } from './action-kinds.ts'

export const savingActions = {
  /** Sends the journal all facts that it has not acknowledged. */
  save: conversationSetup.enqueueActions(({ context, enqueue }) => {
    if (context.unsaved.length === 0) return
    enqueue.sendTo('journal', {
      type: 'journal.append',
      facts: context.unsaved,
      expected: context.view.revision - context.unsaved.length,
    })
  }),
  /** Sets one timer: XState does not cancel an earlier one with the same id. */
  saveLater: conversationSetup.enqueueActions(({ enqueue }) => {
    enqueue.cancel('saveLater')
    enqueue.raise({ type: 'journal.retry' }, { delay: 'saveRetry', id: 'saveLater' })
  }),
  forgetRetry: conversationSetup.enqueueActions(({ enqueue }) => {
    enqueue.cancel('saveLater')
  }),
  markSaved: change<{ revision: number }>(({ view, unsaved }, { revision }) => ({
    unsaved: unsaved.slice(Math.max(0, unsaved.length - Math.max(0, view.revision - revision))),
    journalFailure: null,
  })),
  setJournalFailure: change<{ failure: Failure }>((_, { failure }) => ({ journalFailure: failure })),
  setJournalSilent: change<undefined>(({ journalFailure }) => ({ journalFailure: journalFailure ?? journalSilent })),
}
