import { words } from '../conversation.actions.ts'
import { refusalToDecide } from '../resets.ts'
import { storing } from '../storing.ts'
import { dropTurn, tellLater, tooLate } from './shared.ts'

const stopped = { target: '#conversation.reset', actions: tellLater } as const

const storingRefusal = storing(
  // A summary that is refused changes nothing: there is nothing to decide.
  {
    guard: 'isSavedAndWasCompacting',
    target: '#conversation.reset',
    actions: [{ type: 'announceRefusal', params: { policy: 'drop-turn' } }, 'leaveCompaction'],
  },
  { guard: 'isSaved', target: 'deciding' },
)

/** Nothing can be sent from here, until it is decided what leaves the context. */
export const refused = words.createStateConfig({
  initial: 'saving',
  states: {
    saving: { ...storingRefusal.saving, on: { ...storingRefusal.saving.on, 'user.stop': stopped } },
    unsaved: { ...storingRefusal.unsaved, on: { ...storingRefusal.unsaved.on, 'user.stop': stopped } },
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
          actions: [
            { type: 'announceRefusal', params: ({ event }) => event },
            { type: 'resetContext', params: ({ event }) => event },
          ],
        },
        'refusal.ask': {
          target: 'awaitingDecision',
          actions: { type: 'announceRefusal', params: { policy: 'manual' } },
        },
        'journal.ready': { target: 'deciding', reenter: true, actions: 'save' },
        'user.stop': { target: '#conversation.reset', actions: dropTurn },
      },
      after: { decideTimeout: { target: '#conversation.reset', actions: [tooLate('refusal'), ...dropTurn] } },
    },
    awaitingDecision: {
      tags: 'awaitingDecision',
      on: {
        'refusal.resolve': {
          target: '#conversation.reset',
          actions: { type: 'resetContext', params: ({ event }) => event },
        },
        // The refusal was told when it was handed to a person.
        'conversation.close': '#conversation.closing',
      },
    },
  },
})
