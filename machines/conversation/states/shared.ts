// Arrows that several states have.
import { words } from '../conversation.actions.ts'

/** What can cut a turn short, from every state in which the model or a tool is at work. */
export const answering = {
  'user.stop': {
    target: '#conversation.stopped',
    actions: { type: 'settleStopped', params: ({ event }) => event },
  },
  'user.send': {
    guard: { type: 'canInterrupt', params: ({ event }) => event },
    target: '#conversation.stopped',
    actions: [
      { type: 'enqueue', params: ({ event }) => event },
      { type: 'settleStopped', params: ({ event }) => event },
    ],
  },
} as const satisfies NonNullable<Parameters<typeof words.createStateConfig>[0]['on']>

/** The journal starting up means that we were restored: nobody answers this turn any more. */
export const restored = { target: '#conversation.failed', actions: 'settleInterrupted' } as const

export const dropTurn = [
  { type: 'announceRefusal', params: { policy: 'drop-turn' } },
  { type: 'resetContext', params: { policy: 'drop-turn' } },
] as const
