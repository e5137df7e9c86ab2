import type { Failure } from '../../../src/errors.ts'

/**
 * The two states between an event and what may follow it: `saving`, and `unsaved` while the journal
 * can't store. Both leave by the transitions `then` as soon as all facts are stored.
 */
export const savingStates = <const Then extends readonly object[]>(...then: Then) =>
  ({
    saving: {
      tags: 'busy',
      // This entry saves, so a pending retry is cancelled.
      entry: ['forgetRetry', 'save'],
      always: then,
      on: {
        'journal.failed': {
          target: 'unsaved',
          actions: {
            type: 'setJournalFailure',
            params: ({ event }: { event: { failure: Failure } }) => ({ failure: event.failure }),
          },
        },
      },
      after: { saveTimeout: { target: 'unsaved', actions: 'setJournalSilent' } },
    },
    unsaved: {
      tags: ['busy', 'unsaved'],
      entry: 'emitUnsavedNow',
      always: then,
      on: { 'journal.ready': 'saving' },
      after: { saveRetry: 'saving' },
    },
  }) as const
