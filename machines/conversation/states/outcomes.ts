import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'

/** A message opens a turn. A queued message does so at once. */
export const readyState = setupWithActions.createStateConfig({
  tags: 'ready',
  always: [
    { guard: 'isDueToReturn', actions: ['returnToModel', 'save'] },
    { guard: 'isNextBlocked', actions: ['withdrawBlocked', 'save'] },
    { guard: 'canDrain', target: '#conversation.streaming', actions: 'openQueued' },
  ],
  on: {
    'user.send': {
      guard: { type: 'isNewId', params: ({ event }) => event },
      target: '#conversation.streaming',
      actions: { type: 'openTurn', params: ({ event }) => event },
    },
    'turn.retry': {
      guard: { type: 'canRetryTurn', params: ({ event }) => event },
      target: '#conversation.streaming',
      actions: { type: 'reopenTurn', params: ({ event }) => event },
    },
    'turn.branch': {
      guard: { type: 'canBranch', params: ({ event }) => event },
      target: '#conversation.streaming',
      actions: { type: 'openBranch', params: ({ event }) => event },
    },
    'head.switch': {
      guard: { type: 'canSwitchHead', params: ({ event }) => event },
      target: '#conversation.switching',
      actions: { type: 'switchHead', params: ({ event }) => event },
    },
    'context.compact': {
      guard: { type: 'canCompact', params: ({ event }) => event },
      target: '#conversation.streaming',
      actions: { type: 'openCompaction', params: ({ event }) => event },
    },
    'context.clear': { guard: 'canClear', target: '#conversation.reset', actions: 'clearContext' },
  },
})

/** A stop prevents the turn that would follow a failed compaction. Without one, it changes nothing. */
const stopCompacting = { guard: 'compactsOn', target: '#conversation.stopped' } as const

/** The turn was stopped. It is stored first, then emitted. */
export const stopped = setupWithActions.createStateConfig({
  initial: 'saving',
  states: { ...savingStates({ guard: 'isSaved', target: 'saved' }), saved: readyState },
})

const storingFailure = savingStates(
  { guard: 'isSavedAndCompactsOn', target: '#conversation.streaming', actions: 'openAfterCompaction' },
  { guard: 'isSaved', target: 'saved' },
)

/** The turn failed. A failed compaction is followed by the next method, or by the turn that it was to make room for. */
export const failed = setupWithActions.createStateConfig({
  initial: 'saving',
  states: {
    saving: { ...storingFailure.saving, on: { ...storingFailure.saving.on, 'user.stop': stopCompacting } },
    unsaved: { ...storingFailure.unsaved, on: { ...storingFailure.unsaved.on, 'user.stop': stopCompacting } },
    saved: readyState,
  },
})

const storingCompletion = savingStates(
  { guard: 'isSavedAndGoesOn', target: '#conversation.streaming', actions: 'openContinuation' },
  { guard: 'isSavedAndResumes', target: '#conversation.streaming', actions: 'openResumption' },
  { guard: 'isSaved', target: 'saved' },
)

/** The turn completed. A cut reply may be continued, and after a compaction the turn that it made room for is asked again. */
export const completed = setupWithActions.createStateConfig({
  initial: 'saving',
  states: {
    saving: {
      ...storingCompletion.saving,
      on: { ...storingCompletion.saving.on, 'user.stop': '#conversation.stopped' },
    },
    unsaved: {
      ...storingCompletion.unsaved,
      on: { ...storingCompletion.unsaved.on, 'user.stop': '#conversation.stopped' },
    },
    saved: readyState,
  },
})
