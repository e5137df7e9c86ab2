import type { JournalEvent } from '../conversation.types.ts'

type JournalFailed = Extract<JournalEvent, { type: 'journal.failed' }>

/**
 * The two states between an event and what may follow it: `saving`, and `unsaved` while the journal
 * can't store. Both leave by the transitions `then` as soon as all facts are stored.
 */
export const savingStates = <const Then extends readonly object[]>(...then: Then) =>
  ({
    saving: {
      tags: 'busy',
      // This state has its own timer, so that of `save` is cancelled.
      entry: ['save', 'forgetRetry'],
      always: then,
      on: {
        'journal.failed': {
          guard: { type: 'isAboutUnsaved', params: ({ event }: { event: JournalFailed }) => event },
          target: 'unsaved',
          actions: { type: 'setJournalFailure', params: ({ event }: { event: JournalFailed }) => event },
        },
      },
      after: { saveTimeout: { target: 'unsaved', actions: 'setJournalSilent' } },
    },
    unsaved: {
      tags: ['busy', 'unsaved'],
      entry: ['emitUnsavedNow', 'forgetSent'],
      always: then,
      on: { 'journal.ready': 'saving', 'journal.failed': { actions: 'forgetSent' } },
      after: { saveRetry: 'saving' },
    },
  }) as const
