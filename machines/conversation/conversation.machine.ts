// The states and transitions of the conversation. Types, guards and delays are in conversation.setup.ts, actions in
// actions/, states that contain others in states/.
//   M1  An action folds its facts into the view at once and adds them to `pending`, as one batch. A batch leaves it only when the
//       journal has stored it; `stored` is the view up to there. Facts are sent once, and again only after a failure.
//   M2  What there is to say about facts waits in their batch, and is emitted with its revision once that is stored. Only `emit…Now`
//       emits at once, and only about what is stored or not recorded. A command that lets a tool run waits in the same way.
//   M3  asking, tools, overflowed, completed, stopped, failed, refused, rejected, reset and switching begin with `saving`. Nothing
//       is asked, run or decided before the journal has stored what led there.
//   M4  Every state but `closing`, `closed` and `lost` takes `conversation.close`. Every `busy` state has a delay, except where
//       people are awaited. In a state with the tag `answering`, `user.stop` ends the turn.
//       While a reply is received, the stream actor is asked for it first. Where it does not answer, the stop leads out all the same.
//   M5  `conversation.started` outside of `loading` means that the actor was restored. An open turn settles as interrupted, unless
//       its calls wait for people or were approved. `loading` routes by the view alone (`stateOf`), and asks nothing by itself: only
//       an undecided refusal or rejection is decided. `journal.ready` means that the journal can store, at any time.
//   M6  Routes are decided by the view, the settings and the event. Guards have no memory of their own.
//   M7  `journal.lost` ends the conversation wherever it is: nothing that is not stored is emitted, nothing more is asked or run.
import { failureFrom } from '../../src/errors.ts'
import { emptyView, fold, journalVersion, numbered } from '../../src/journal/index.ts'
import { setupWithActions } from './conversation.actions.ts'
import { defaultSettings } from './settings.ts'
import { asking } from './states/asking.ts'
import { loadingRoutes } from './states/loading-routes.ts'
import { overflowed } from './states/overflowed.ts'
import { refused } from './states/refused.ts'
import { rejected } from './states/rejected.ts'
import { reset } from './states/reset.ts'
import { completed, failed, readyState, stopped } from './states/outcomes.ts'
import { answering, failInterrupted } from './states/shared.ts'
import { streaming } from './states/streaming.ts'
import { tools } from './states/tools.ts'
import { savingStates } from './states/saving-states.ts'

/** The chart of a conversation. Its slots are empty: fill them with `.provide()`, or use `createConversation()`. */
export const conversationMachine = setupWithActions.createMachine({
  id: 'conversation',
  version: '1',
  options: { maxIterations: 1_000 },
  context: ({ input }) => {
    const { id = 'conversation', model = 'unknown', at = 0, seed = [], journal, loaded } = input ?? {}
    const fresh = numbered([{ type: 'conversation.created', v: journalVersion, id, model, at }, ...seed], 0)
    const isLoaded = loaded !== undefined || journal !== undefined
    const view = loaded ?? fold(journal ?? fresh, emptyView)
    return {
      view,
      stored: isLoaded ? view : emptyView,
      pending: isLoaded ? [] : [{ facts: fresh, view, events: [], commands: [] }],
      sent: isLoaded ? view.revision : 0,
      journalFailure: null,
      settings: { ...defaultSettings, ...input?.settings },
    }
  },
  invoke: [
    // A start that is not reported is taken for one that was.
    { id: 'start', src: 'tellStart', onError: { actions: ['takeUp', 'save'] } },
    {
      id: 'journal',
      src: 'journal',
      input: ({ context }) => ({ conversationId: context.view.id }),
      // A driver threw. Another actor takes the place of this one.
      onError: {
        actions: [
          {
            type: 'setJournalFailure',
            params: ({ event }) => ({ failure: failureFrom('journal-write-failed', event.error) }),
          },
          'restartLater',
        ],
      },
    },
  ],
  initial: 'loading',
  on: {
    // Restored.
    'conversation.started': { actions: ['takeUp', 'save'] },
    'journal.ready': { actions: ['forgetSent', 'forgetFailure', 'save'] },
    'journal.saved': [
      { guard: { type: 'isBeyondJournal', params: ({ event }) => event }, target: '.lost', actions: 'setTakenOver' },
      { actions: { type: 'release', params: ({ event }) => event } },
    ],
    'journal.failed': {
      guard: { type: 'isAboutUnsaved', params: ({ event }) => event },
      actions: [{ type: 'setJournalFailure', params: ({ event }) => event }, 'forgetSent', 'saveLater'],
    },
    'journal.lost': { target: '.lost', actions: { type: 'setJournalFailure', params: ({ event }) => event } },
    'journal.retry': { guard: 'hasUnsaved', actions: ['forgetSent', 'save'] },
    'journal.restart': { actions: 'restartJournal' },
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
    'budget.set': { actions: [{ type: 'setBudget', params: ({ event }) => event }, 'save'] },
    'conversation.close': {
      target: '.closing',
      actions: [
        { type: 'quarantineCut', params: ({ event }) => event },
        'announceUndecided',
        { type: 'settleStopped', params: ({ event }) => event },
      ],
    },
  },
  states: {
    loading: {
      tags: 'busy',
      on: {
        // In the tick of the first start.
        'conversation.started': {},
        'journal.ready': loadingRoutes,
      },
      after: { loadTimeout: { actions: ['setJournalSilent', 'emitUnsavedNow'] } },
    },

    idle: readyState,

    asking,

    streaming,

    waitingToRetry: {
      tags: ['busy', 'answering'],
      entry: ['announceRetry', 'save'],
      on: { ...answering, 'conversation.started': failInterrupted },
      after: { retryBackoff: 'asking' },
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
      entry: ['save', 'watchJournal'],
      always: { guard: 'isSaved', target: 'closed', actions: 'save' },
      on: {
        'user.send': {
          actions: { type: 'emitDeclinedNow', params: ({ event }) => ({ turnId: event.turnId, reason: 'closing' }) },
        },
        'conversation.close': {},
      },
      after: { closeTimeout: 'closed' },
    },

    closed: { type: 'final' },

    /** Another writer has the conversation now. */
    lost: { type: 'final', entry: 'emitLostNow' },
  },
})
