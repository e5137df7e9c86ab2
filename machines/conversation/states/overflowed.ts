import { words } from '../conversation.actions.ts'
import { storing } from '../storing.ts'
import { overflowToDecide } from '../compactions.ts'
import { answering, restored, tooLate } from './shared.ts'

const storingReply = storing({ guard: 'isSaved', target: 'deciding' })

/** What the API did not take is left out instead; a window that filled up in the middle of a reply ends the turn. */
const fails = [
  { guard: 'isTooMuch', target: '#conversation.rejected' },
  { target: '#conversation.failed', actions: 'settleOverflowed' },
] as const

/** The context window has no room for the turn. */
export const overflowed = words.createStateConfig({
  tags: ['busy', 'answering'],
  on: { ...answering, 'journal.ready': restored },
  initial: 'saving',
  states: {
    saving: storingReply.saving,
    unsaved: { ...storingReply.unsaved, on: { 'journal.ready': restored } },
    deciding: {
      invoke: {
        id: 'overflow',
        src: 'decideOverflow',
        input: ({ context }) => overflowToDecide(context),
        onError: fails,
      },
      on: {
        'overflow.resolve': [
          {
            guard: { type: 'canCompactInstead', params: ({ event }) => event },
            target: '#conversation.streaming',
            actions: 'openCompactionForOverflow',
          },
          ...fails,
        ],
      },
      after: {
        decideTimeout: [
          { guard: 'isTooMuch', target: '#conversation.rejected', actions: tooLate('overflow') },
          { target: '#conversation.failed', actions: [tooLate('overflow'), 'settleOverflowed'] },
        ],
      },
    },
  },
})
