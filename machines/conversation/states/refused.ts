import { setupWithActions } from '../conversation.actions.ts'
import { refusalToDecide } from '../resets.ts'
import { savingStates } from './saving-states.ts'
import { dropTurn, emitTimeout } from './shared.ts'

const stopWhileSaving = { target: '#conversation.reset', actions: dropTurn } as const

const storingRefusal = savingStates(
  // A refused compaction changes nothing, so there is nothing to decide.
  { guard: 'isSavedAndWasCompacting', target: '#conversation.reset', actions: 'leaveCompaction' },
  { guard: 'isSaved', target: 'deciding' },
)

/** Nothing can be sent until it is decided what leaves the context. */
export const refused = setupWithActions.createStateConfig({
  initial: 'saving',
  states: {
    saving: { ...storingRefusal.saving, on: { ...storingRefusal.saving.on, 'user.stop': stopWhileSaving } },
    unsaved: { ...storingRefusal.unsaved, on: { ...storingRefusal.unsaved.on, 'user.stop': stopWhileSaving } },
    deciding: {
      tags: 'busy',
      invoke: {
        id: 'decision',
        src: 'decide',
        input: ({ context }) => refusalToDecide(context.view),
        onError: { target: '#conversation.reset', actions: dropTurn },
      },
      on: {
        'refusal.resolve': {
          target: '#conversation.reset',
          actions: { type: 'resetContext', params: ({ event }) => event },
        },
        'refusal.ask': { target: 'awaitingDecision', actions: 'deferRefusal' },
        'conversation.started': { target: 'deciding', reenter: true, actions: ['takeUp', 'save'] },
        'user.stop': { target: '#conversation.reset', actions: dropTurn },
      },
      after: {
        decideTimeout: { target: '#conversation.reset', actions: [emitTimeout('refusal'), dropTurn] },
      },
    },
    awaitingDecision: {
      tags: 'awaitingDecision',
      // The refusal is emitted once it is stored that a person decides.
      entry: 'save',
      on: {
        'refusal.resolve': {
          target: '#conversation.reset',
          actions: { type: 'resetDeferred', params: ({ event }) => event },
        },
        'conversation.close': '#conversation.closing',
      },
    },
  },
})
