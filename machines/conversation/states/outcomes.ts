import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'

/** A message opens a turn. A queued message does so at once. */
export const readyState = setupWithActions.createStateConfig({
  tags: 'ready',
  always: [
    { guard: 'isDueToReturn', actions: ['returnToModel', 'save'] },
    { guard: 'isNextBlocked', actions: ['withdrawBlocked', 'save'] },
    { guard: 'canDrain', target: '#conversation.asking', actions: 'openQueued' },
  ],
  on: {
    'user.send': {
      guard: { type: 'isNewId', params: ({ event }) => event },
      target: '#conversation.asking',
      actions: { type: 'openTurn', params: ({ event }) => event },
    },
    'turn.retry': {
      guard: { type: 'canRetryTurn', params: ({ event }) => event },
      target: '#conversation.asking',
      actions: { type: 'reopenTurn', params: ({ event }) => event },
    },
    'turn.branch': {
      guard: { type: 'canBranch', params: ({ event }) => event },
      target: '#conversation.asking',
      actions: { type: 'openBranch', params: ({ event }) => event },
    },
    'head.switch': {
      guard: { type: 'canSwitchHead', params: ({ event }) => event },
      target: '#conversation.switching',
      actions: { type: 'switchHead', params: ({ event }) => event },
    },
    'context.compact': {
      guard: { type: 'canCompact', params: ({ event }) => event },
      target: '#conversation.asking',
      actions: { type: 'openCompaction', params: ({ event }) => event },
    },
    'context.clear': { guard: 'canClear', target: '#conversation.reset', actions: 'clearContext' },
  },
})

/** The turn was stopped. It is stored first, then emitted. */
export const stopped = setupWithActions.createStateConfig({
  initial: 'saving',
  states: { ...savingStates({ guard: 'isSaved', target: 'saved' }), saved: readyState },
})

/** A turn that another one of the same message may follow. A stop or the end of the conversation prevents that one. */
const preventable = setupWithActions.createStateConfig({
  on: {
    'user.stop': { guard: 'isFollowed', target: '#conversation.stopped', actions: 'announceOutcome' },
    'conversation.close': { guard: 'isFollowed', target: '#conversation.closing', actions: 'announceOutcome' },
    'conversation.started': [
      { guard: 'isFollowed', target: '#conversation.stopped', actions: ['announceOutcome', 'takeUp'] },
      { actions: ['takeUp', 'save'] },
    ],
  },
})

const storingFailure = savingStates(
  { guard: 'isSavedAndCompactsOn', target: '#conversation.asking', actions: 'openAfterCompaction' },
  { guard: 'isSavedAndForsaken', target: 'saved', actions: ['announceOutcome', 'save'] },
  { guard: 'isSaved', target: 'saved' },
)

/** The turn failed. A failed compaction is followed by the next method, or by the turn that it was to make room for. */
export const failed = setupWithActions.createStateConfig({
  initial: 'saving',
  states: {
    saving: { ...storingFailure.saving, on: { ...storingFailure.saving.on, ...preventable.on } },
    unsaved: { ...storingFailure.unsaved, on: { ...storingFailure.unsaved.on, ...preventable.on } },
    saved: readyState,
  },
})

const storingCompletion = savingStates(
  { guard: 'isSavedAndGoesOn', target: '#conversation.asking', actions: 'openContinuation' },
  { guard: 'isSavedAndResumes', target: '#conversation.asking', actions: 'openResumption' },
  { guard: 'isSaved', target: 'saved' },
)

/** The turn completed. A cut reply may be continued, and after a compaction the turn that it made room for is asked again. */
export const completed = setupWithActions.createStateConfig({
  initial: 'saving',
  states: {
    saving: {
      ...storingCompletion.saving,
      on: {
        ...storingCompletion.saving.on,
        ...preventable.on,
        'user.stop': [preventable.on['user.stop'], '#conversation.stopped'],
      },
    },
    unsaved: {
      ...storingCompletion.unsaved,
      on: {
        ...storingCompletion.unsaved.on,
        ...preventable.on,
        'user.stop': [preventable.on['user.stop'], '#conversation.stopped'],
      },
    },
    saved: readyState,
  },
})
