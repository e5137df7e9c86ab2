import { words } from '../conversation.actions.ts'
import { storing } from '../storing.ts'
import { restored } from './shared.ts'

const storingReset = storing(
  { guard: 'isSavedAndAsksAgain', target: '#conversation.streaming' },
  { guard: 'isSaved', target: '#conversation.idle' },
)

/** Head moves back, by policy; some policies ask again at once. */
export const reset = words.createStateConfig({
  on: {
    'journal.ready': [{ ...restored, guard: 'hasOpenTurn' }, { actions: 'save' }],
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
      on: { 'journal.ready': [{ ...restored, guard: 'hasOpenTurn' }, { target: 'saving' }] },
    },
  },
})
