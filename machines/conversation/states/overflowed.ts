import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'
import { overflowToDecide } from '../compactions.ts'
import { answering, failInterrupted, emitTimeout } from './shared.ts'

const storingReply = savingStates({ guard: 'isSaved', target: 'deciding' })

/** Without a compaction: a request that is too long is handled as rejected; a window that filled up in mid-reply ends the turn. */
const withoutCompaction = [
  { guard: 'isTooMuch', target: '#conversation.rejected' },
  { target: '#conversation.failed', actions: 'settleOverflowed' },
] as const

/** The context window has no room for the turn. */
export const overflowed = setupWithActions.createStateConfig({
  tags: ['busy', 'answering'],
  on: { ...answering, 'conversation.started': failInterrupted },
  initial: 'saving',
  states: {
    saving: storingReply.saving,
    unsaved: storingReply.unsaved,
    deciding: {
      invoke: {
        id: 'overflow',
        src: 'decideOverflow',
        input: ({ context }) => overflowToDecide(context),
        onError: withoutCompaction,
      },
      on: {
        'overflow.resolve': [
          {
            guard: { type: 'canCompactInstead', params: ({ event }) => event },
            target: '#conversation.asking',
            actions: 'openCompactionForOverflow',
          },
          ...withoutCompaction,
        ],
      },
      after: {
        decideTimeout: [
          { guard: 'isTooMuch', target: '#conversation.rejected', actions: emitTimeout('overflow') },
          { target: '#conversation.failed', actions: [emitTimeout('overflow'), 'settleOverflowed'] },
        ],
      },
    },
  },
})
