// The arrows of the conversation. Its words are in conversation.setup.ts and conversation.actions.ts; states that hold
// others are in states/.
import { failureFrom } from '../../src/errors.ts'
import { emptyView, fold, journalVersion, numbered } from '../../src/journal/index.ts'
import { words } from './conversation.actions.ts'
import { defaultSettings } from './settings.ts'
import { overflowed } from './states/overflowed.ts'
import { refused } from './states/refused.ts'
import { rejected } from './states/rejected.ts'
import { reset } from './states/reset.ts'
import { failure, goodOutcome, outcome, ready } from './states/resting.ts'
import { answering, restored, retractCut } from './states/shared.ts'
import { streaming } from './states/streaming.ts'
import { tools } from './states/tools.ts'
import { storing } from './storing.ts'

/** The chart of a conversation. Its slots are empty: fill them with `.provide()`, or use `createConversation()`. */
export const conversationMachine = words.createMachine({
  id: 'conversation',
  version: '1',
  options: { maxIterations: 1_000 },
  context: ({ input }) => {
    const { id = 'conversation', model = 'unknown', at = 0, seed = [], journal } = input ?? {}
    const fresh = numbered([{ type: 'conversation.created', v: journalVersion, id, model, at }, ...seed], 0)
    return {
      view: fold(journal ?? fresh, emptyView),
      unsaved: journal ? [] : fresh,
      unannounced: [],
      attempt: 1,
      tries: 1,
      retryAfter: null,
      failure: null,
      journalFailure: null,
      settings: { ...defaultSettings, ...input?.settings },
    }
  },
  invoke: {
    id: 'journal',
    src: 'journal',
    input: ({ context }) => ({ conversationId: context.view.id }),
    onError: {
      actions: {
        type: 'noteJournalFailure',
        params: ({ event }) => ({
          failure: failureFrom('journal-write-failed', event.error),
        }),
      },
    },
  },
  initial: 'loading',
  on: {
    'journal.ready': { actions: 'save' },
    'journal.saved': { actions: [{ type: 'markSaved', params: ({ event }) => event }, 'announce'] },
    'journal.failed': { actions: [{ type: 'noteJournalFailure', params: ({ event }) => event }, 'saveLater'] },
    'journal.retry': { guard: 'hasUnsaved', actions: 'save' },
    'user.send': [
      {
        guard: { type: 'canQueue', params: ({ event }) => event },
        actions: [{ type: 'enqueue', params: ({ event }) => event }, 'save'],
      },
      {
        guard: { type: 'isNewId', params: ({ event }) => event },
        actions: { type: 'decline', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
      },
      { actions: { type: 'decline', params: ({ event }) => ({ turnId: event.turnId, reason: 'duplicate-id' }) } },
    ],
    // What needs a resting leaf, and one in which it makes sense.
    'turn.branch': { actions: { type: 'decline', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) } },
    'turn.retry': { actions: { type: 'decline', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) } },
    'context.compact': {
      actions: { type: 'decline', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
    },
    'queue.withdraw': {
      guard: { type: 'isQueued', params: ({ event }) => event },
      actions: [{ type: 'withdraw', params: ({ event }) => event }, 'save'],
    },
    'queue.release': { guard: 'isHeld', actions: ['releaseQueue', 'save'] },
    'model.switch': {
      guard: { type: 'isOtherModel', params: ({ event }) => event },
      actions: [{ type: 'switchModel', params: ({ event }) => event }, 'save'],
    },
    'budget.set': { actions: { type: 'setBudget', params: ({ event }) => event } },
    'conversation.close': {
      target: '.closing',
      actions: [
        retractCut,
        { type: 'quarantineCut', params: ({ event }) => event },
        // The refusal that nobody decided.
        { type: 'noteRefusal', params: { policy: null } },
        { type: 'settleStopped', params: ({ event }) => event },
      ],
    },
  },
  states: {
    loading: {
      tags: 'busy',
      on: {
        'journal.ready': [
          { guard: 'isAwaitingPeople', target: 'tools.running', actions: 'save' },
          { guard: 'hasOpenTurn', target: 'failed', actions: 'settleInterrupted' },
          { guard: 'isUndecided', target: 'refused', actions: 'save' },
          { guard: 'hasHistory', target: 'completed.saved', actions: 'save' },
          { target: 'idle', actions: 'save' },
        ],
      },
      after: { loadTimeout: { actions: ['noteUnsaved', 'announceUnsaved'] } },
    },

    idle: ready,

    streaming,

    waitingToRetry: {
      tags: ['busy', 'answering'],
      entry: 'announceRetry',
      on: { ...answering, 'journal.ready': restored },
      after: { retryBackoff: { target: 'streaming', actions: 'countAttempt' } },
    },

    tools,

    overflowed,

    completed: goodOutcome,
    stopped: outcome,
    failed: failure,

    refused,

    rejected,

    reset,

    switching: {
      initial: 'saving',
      states: storing(
        { guard: 'isSavedAndHasHistory', target: '#conversation.completed.saved' },
        { guard: 'isSaved', target: '#conversation.idle' },
      ),
    },

    closing: {
      tags: 'busy',
      entry: ['save', 'saveLater'],
      always: { guard: 'isSaved', target: 'closed', actions: 'announce' },
      on: {
        'journal.retry': { actions: ['save', 'saveLater'] },
        'user.send': {
          actions: { type: 'decline', params: ({ event }) => ({ turnId: event.turnId, reason: 'closing' }) },
        },
        'conversation.close': {},
      },
      after: { closeTimeout: 'closed' },
    },

    closed: { type: 'final' },
  },
})
