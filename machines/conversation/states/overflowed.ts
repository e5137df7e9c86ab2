import { words } from '../conversation.actions.ts'
import { storing } from '../storing.ts'
import { overflowToDecide } from '../turns.ts'

/** The context window has no room for the turn, which has failed for now. */
export const overflowed = words.createStateConfig({
  tags: 'busy',
  initial: 'saving',
  states: {
    ...storing({ guard: 'isSaved', target: 'deciding' }),
    deciding: {
      invoke: {
        id: 'overflow',
        src: 'decideOverflow',
        input: ({ context }) => overflowToDecide(context),
        onError: '#conversation.failed',
      },
      on: {
        'overflow.resolve': [
          {
            guard: { type: 'canCompactInstead', params: ({ event }) => event },
            target: '#conversation.streaming',
            actions: 'openCompactionForOverflow',
          },
          '#conversation.failed',
        ],
        'journal.ready': { target: 'deciding', reenter: true, actions: 'save' },
        'user.stop': '#conversation.failed',
      },
      after: { decideTimeout: '#conversation.failed' },
    },
  },
})
