import { failureFrom } from '../../../src/errors.ts'
import { setupWithActions } from '../conversation.actions.ts'
import { noAnswer, noCompaction, tooLong, tooManySteps } from '../failures.ts'
import { ending } from './ending.ts'
import { answeringReply, failInterrupted } from './shared.ts'

/** A reply is being received. */
export const streaming = setupWithActions.createStateConfig({
  tags: ['busy', 'answering'],
  // Everything that led here is stored.
  entry: 'emitAttemptNow',
  invoke: {
    id: 'reply',
    src: 'streamReply',
    input: ({ context }) => ({
      view: context.view,
      turnId: context.view.open?.id ?? '',
      attempt: context.view.attempt,
    }),
    onError: {
      target: '#conversation.failed',
      actions: {
        type: 'settleFailed',
        params: ({ event }) => ({ failure: failureFrom('source-failed', event.error) }),
      },
    },
  },
  on: {
    ...answeringReply,
    'conversation.started': failInterrupted,
    'reply.finished': [
      {
        guard: { type: 'isNoCompaction', params: ({ event }) => event },
        target: '#conversation.failed',
        actions: [
          { type: 'recordReply', params: ({ event }) => event },
          { type: 'settleFailed', params: { failure: noCompaction } },
        ],
      },
      {
        guard: { type: 'wantsTools', params: ({ event }) => event },
        target: '#conversation.tools',
        actions: { type: 'recordReply', params: ({ event }) => event },
      },
      {
        guard: { type: 'isPausedWithStepsLeft', params: ({ event }) => event },
        target: '#conversation.asking',
        actions: { type: 'recordReply', params: ({ event }) => event },
      },
      {
        guard: { type: 'isPaused', params: ({ event }) => event },
        target: '#conversation.failed',
        actions: [
          { type: 'recordReply', params: ({ event }) => event },
          { type: 'settleFailed', params: { failure: tooManySteps } },
        ],
      },
      {
        guard: { type: 'isWindowFull', params: ({ event }) => event },
        target: '#conversation.overflowed',
        actions: { type: 'recordReply', params: ({ event }) => event },
      },
      {
        target: '#conversation.completed',
        actions: [{ type: 'recordReply', params: ({ event }) => event }, 'settleCompleted'],
      },
    ],
    'reply.refused': {
      target: '#conversation.refused',
      actions: { type: 'quarantine', params: ({ event }) => event },
    },
    'reply.rejected': [
      {
        guard: 'isCompacting',
        target: '#conversation.failed',
        actions: { type: 'settleFailed', params: ({ event }) => event },
      },
      {
        guard: { type: 'isTooLong', params: ({ event }) => event },
        target: '#conversation.overflowed',
        actions: { type: 'recordRejection', params: ({ event }) => event },
      },
      {
        target: '#conversation.rejected',
        actions: { type: 'recordRejection', params: ({ event }) => event },
      },
    ],
    'reply.failed': [
      {
        guard: { type: 'canTryAgain', params: ({ event }) => event },
        target: '#conversation.waitingToRetry',
        actions: [{ type: 'recordFailedAttempt', params: ({ event }) => event }],
      },
      {
        guard: { type: 'canLeaveContainerOut', params: ({ event }) => event },
        target: '#conversation.rejected',
        actions: [{ type: 'recordServerError', params: ({ event }) => event }],
      },
      {
        guard: { type: 'canGoToNextModel', params: ({ event }) => event },
        target: '#conversation.asking',
        actions: [{ type: 'recordFailedAttempt', params: ({ event }) => event }, 'goToNextModel'],
      },
      {
        target: '#conversation.failed',
        actions: { type: 'settleFailed', params: ({ event }) => event },
      },
    ],
  },
  initial: 'opening',
  states: {
    opening: {
      on: { 'reply.opened': 'receiving' },
      after: {
        openTimeout: [
          {
            guard: 'hasAttemptsLeft',
            target: '#conversation.waitingToRetry',
            actions: { type: 'recordFailedAttempt', params: { failure: noAnswer } },
          },
          {
            guard: 'hasNextModel',
            target: '#conversation.asking',
            actions: [{ type: 'recordFailedAttempt', params: { failure: noAnswer } }, 'goToNextModel'],
          },
          {
            target: '#conversation.failed',
            actions: { type: 'settleFailed', params: { failure: noAnswer } },
          },
        ],
      },
    },
    receiving: {
      after: {
        replyTimeout: {
          target: '#conversation.failed',
          actions: { type: 'settleFailed', params: { failure: tooLong } },
        },
      },
    },
    ending,
  },
})
