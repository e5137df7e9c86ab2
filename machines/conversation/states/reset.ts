import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'
import { failInterrupted } from './shared.ts'

/** The head moves back by policy. Some policies ask again at once. */
export const reset = setupWithActions.createStateConfig({
  on: {
    'conversation.started': [{ ...failInterrupted, guard: 'hasOpenTurn' }, { actions: ['takeUp', 'save'] }],
    'user.stop': {
      guard: 'hasOpenTurn',
      target: '#conversation.stopped',
      actions: { type: 'settleStopped', params: ({ event }) => event },
    },
  },
  initial: 'saving',
  states: savingStates(
    { guard: 'isSavedAndAsksAgain', target: '#conversation.asking' },
    { guard: 'isSaved', target: '#conversation.idle' },
  ),
})
