// The states and transitions of the conversation. Types, guards and delays are in conversation.setup.ts, actions in
// actions/, states that contain others in states/.
//   M1  An action folds its facts into the view at once and appends them to `unsaved`. They leave `unsaved` only when the
//       journal has acknowledged them.
//   M2  An event about a fact waits in `emitWhenStored` until `unsaved` is empty. Only `emit…Now` emits at once: what is
//       not recorded, or, as `turn.refused`, what follows from facts that are stored.
//   M3  tools, overflowed, completed, stopped, failed, refused, rejected, reset and switching begin with `saving`. Nothing
//       is asked, run or decided before the journal has stored what led there.
//   M4  Every state but `closing` and `closed` takes `conversation.close`. Every `busy` state has a delay, except where
//       people are awaited. In a state with the tag `answering`, `user.stop` ends the turn.
//       While a reply is received, the stream actor is asked for it first. Where it does not answer, the stop leads out all the same.
//   M5  `journal.ready` after the start means that the actor was restored. An open turn settles as interrupted, unless
//       its calls wait for people. No request is sent again by itself; only `refused.deciding` asks its policy again.
//   M6  Routes are decided by the view, the settings and the event. Guards have no memory of their own.
import { failureFrom } from '../../src/errors.ts'
import { emptyView, fold, journalVersion, numbered } from '../../src/journal/index.ts'
import { setupWithActions } from './conversation.actions.ts'
import { defaultSettings } from './settings.ts'
import { overflowed } from './states/overflowed.ts'
import { refused } from './states/refused.ts'
import { rejected } from './states/rejected.ts'
import { reset } from './states/reset.ts'
import { completed, failed, readyState, stopped } from './states/outcomes.ts'
import { answering, failInterrupted, retractCutReply } from './states/shared.ts'
import { streaming } from './states/streaming.ts'
import { tools } from './states/tools.ts'
import { savingStates } from './states/saving-states.ts'

/** The chart of a conversation. Its slots are empty: fill them with `.provide()`, or use `createConversation()`. */
export const conversationMachine = setupWithActions.createMachine({
  id: 'conversation',
  version: '1',
  options: { maxIterations: 1_000 },
  context: ({ input }) => {
    const { id = 'conversation', model = 'unknown', at = 0, seed = [], journal } = input ?? {}
    const fresh = numbered([{ type: 'conversation.created', v: journalVersion, id, model, at }, ...seed], 0)
    return {
      view: fold(journal ?? fresh, emptyView),
      unsaved: journal ? [] : fresh,
      emitWhenStored: [],
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
        type: 'setJournalFailure',
        params: ({ event }) => ({
          failure: failureFrom('journal-write-failed', event.error),
        }),
      },
    },
  },
  initial: 'loading',
  on: {
    'journal.ready': { actions: 'save' },
    'journal.saved': { actions: [{ type: 'markSaved', params: ({ event }) => event }, 'emitStored'] },
    'journal.failed': { actions: [{ type: 'setJournalFailure', params: ({ event }) => event }, 'saveLater'] },
    'journal.retry': { guard: 'hasUnsaved', actions: 'save' },
    'user.send': [
      {
        guard: { type: 'canQueue', params: ({ event }) => event },
        actions: [{ type: 'enqueue', params: ({ event }) => event }, 'save'],
      },
      {
        guard: { type: 'isNewId', params: ({ event }) => event },
        actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
      },
      {
        // Otherwise the chart sent it again itself, after it had been taken.
        guard: { type: 'isPartialUnknown', params: ({ event }) => event },
        actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'duplicate-id' }) },
      },
    ],
    // Possible only in a state with the tag `ready`, if its guard holds there.
    'turn.branch': {
      actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
    },
    'turn.retry': {
      actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
    },
    'context.compact': {
      actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'busy' }) },
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
        retractCutReply,
        { type: 'quarantineCut', params: ({ event }) => event },
        // A refusal that was not decided.
        { type: 'emitRefusalWhenStored', params: { policy: null } },
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
      after: { loadTimeout: { actions: ['setJournalSilent', 'emitUnsavedNow'] } },
    },

    idle: readyState,

    streaming,

    waitingToRetry: {
      tags: ['busy', 'answering'],
      entry: 'emitRetryNow',
      on: { ...answering, 'journal.ready': failInterrupted },
      after: { retryBackoff: { target: 'streaming', actions: 'countAttempt' } },
    },

    tools,

    overflowed,

    completed,

    stopped,

    failed,

    refused,

    rejected,

    reset,

    switching: {
      initial: 'saving',
      states: savingStates(
        { guard: 'isSavedAndHasHistory', target: '#conversation.completed.saved' },
        { guard: 'isSaved', target: '#conversation.idle' },
      ),
    },

    closing: {
      tags: 'busy',
      entry: ['save', 'saveLater'],
      always: { guard: 'isSaved', target: 'closed', actions: 'emitStored' },
      on: {
        'journal.retry': { actions: ['save', 'saveLater'] },
        'user.send': {
          actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'closing' }) },
        },
        'conversation.close': {},
      },
      after: { closeTimeout: 'closed' },
    },

    closed: { type: 'final' },
  },
})
