import { setupWithActions } from '../conversation.actions.ts'
import { dropTurn } from './shared.ts'

/** After a late stop: the turn completes if its reply ends. Anything else stops the turn after all. */
const lateStop = (cause?: 'aborted') =>
  setupWithActions.createStateConfig({
    on: {
      'reply.finished': [
        {
          guard: { type: 'asksForMore', params: ({ event }) => event },
          target: '#conversation.stopped',
          actions: [
            { type: 'recordReply', params: ({ event }) => event },
            { type: 'settleStopped', params: { cause } },
          ],
        },
        {
          target: '#conversation.completed',
          actions: [{ type: 'recordReply', params: ({ event }) => event }, 'settleCompleted'],
        },
      ],
      'reply.rejected': {
        target: '#conversation.stopped',
        actions: { type: 'settleStopped', params: ({ event }) => ({ cause, isRejected: event.shown }) },
      },
      'reply.failed': {
        target: '#conversation.stopped',
        actions: { type: 'settleStopped', params: ({ event }) => ({ partial: event.partial, cause }) },
      },
      'xstate.error.actor.reply': {
        target: '#conversation.stopped',
        actions: { type: 'settleStopped', params: { cause } },
      },
      'conversation.started': {
        target: '#conversation.stopped',
        actions: ['takeUp', { type: 'settleStopped', params: { cause } }],
      },
    },
    after: {
      endTimeout: {
        target: '#conversation.stopped',
        actions: { type: 'settleStopped', params: { cause } },
      },
    },
  })

/**
 * The reply has arrived whole and is about to finish, so a stop is too late: the rest is delivered and the turn
 * completes. No further request follows. Messages that are sent meanwhile are queued.
 */
export const ending = setupWithActions.createStateConfig({
  on: {
    'user.stop': {},
    'user.send': {
      guard: { type: 'isNewId', params: ({ event }) => event },
      actions: [{ type: 'enqueue', params: ({ event }) => event }, 'save'],
    },
    'reply.refused': {
      target: '#conversation.reset',
      actions: [{ type: 'quarantine', params: ({ event }) => event }, dropTurn],
    },
  },
  initial: 'stopped',
  states: { stopped: lateStop(), aborted: lateStop('aborted') },
})
