import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'
import { failInterrupted } from './shared.ts'

const storingReset = savingStates(
  { guard: 'isSavedAndAsksAgain', target: '#conversation.streaming' },
  { guard: 'isSaved', target: '#conversation.idle' },
)

/** The head moves back by policy. Some policies ask again at once. */
export const reset = setupWithActions.createStateConfig({
  on: {
    'journal.ready': [{ ...failInterrupted, guard: 'hasOpenTurn' }, { actions: 'save' }],
    'user.stop': {
      guard: 'hasOpenTurn',
      target: '#conversation.stopped',
      actions: { type: 'settleStopped', params: ({ event }) => event },
    },
  },
  initial: 'saving',
  states: {
    saving: storingReset.saving,
    unsaved: {
      ...storingReset.unsaved,
      on: { 'journal.ready': [{ ...failInterrupted, guard: 'hasOpenTurn' }, { target: 'saving' }] },
    },
  },
})
