import type { Failure } from '../../../src/errors.ts'

/**
 * The two states that stand between what happened and what may follow from it: `saving`, and its sibling
 * `unsaved` while the journal can't. Both leave by `then` as soon as everything recorded is stored.
 */
export const savingStates = <const Then extends readonly object[]>(...then: Then) =>
  ({
    saving: {
      tags: 'busy',
      // A retry of its own takes the place of one that is under way.
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
