import { failureFrom } from '../../../src/errors.ts'
import { setupWithActions } from '../conversation.actions.ts'
import { noAnswer, noCompaction, tooLong, tooManySteps, windowFull } from '../failures.ts'
import { ending } from './ending.ts'
import { answeringReply, failInterrupted, retractCutReply } from './shared.ts'

/** A reply is being received. */
export const streaming = setupWithActions.createStateConfig({
  tags: ['busy', 'answering'],
  entry: ['save', 'checkBudget', 'emitAttemptNow'],
  invoke: {
    id: 'reply',
    src: 'streamReply',
    input: ({ context }) => ({
      view: context.view,
      turnId: context.view.open?.id ?? '',
      attempt: context.attempt,
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
    'journal.ready': failInterrupted,
    // The stream actor sends no request in the tick in which it starts, so none is sent.
    'budget.exceeded': { target: '#conversation.failed', actions: 'settleOverBudget' },
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
        target: '#conversation.streaming',
        reenter: true,
        actions: [{ type: 'recordReply', params: ({ event }) => event }, 'nextReply'],
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
        actions: [
          { type: 'recordReply', params: ({ event }) => event },
          { type: 'setOverflowFailure', params: { failure: windowFull } },
        ],
      },
      {
        target: '#conversation.completed',
        actions: [{ type: 'recordReply', params: ({ event }) => event }, 'settleCompleted'],
      },
    ],
    'reply.refused': {
      target: '#conversation.refused',
      actions: [
        {
          type: 'emitRetractionNow',
          params: ({ event }) => ({ shown: event.refusal.textShown, cause: 'refusal' }),
        },
        { type: 'quarantine', params: ({ event }) => event },
      ],
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
        actions: [
          { type: 'emitRetractionNow', params: ({ event }) => ({ shown: event.shown, cause: 'rejection' }) },
          { type: 'recordRejection', params: ({ event }) => event },
        ],
      },
    ],
    'reply.failed': [
      {
        guard: { type: 'canTryAgain', params: ({ event }) => event },
        target: '#conversation.waitingToRetry',
        actions: [
          {
            type: 'emitRetractionNow',
            params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
          },
          { type: 'recordFailedAttempt', params: ({ event }) => event },
        ],
      },
      {
        guard: { type: 'canLeaveContainerOut', params: ({ event }) => event },
        target: '#conversation.rejected',
        actions: [
          {
            type: 'emitRetractionNow',
            params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
          },
          { type: 'recordServerError', params: ({ event }) => event },
        ],
      },
      {
        guard: { type: 'canGoToNextModel', params: ({ event }) => event },
        target: '#conversation.streaming',
        reenter: true,
        actions: [
          {
            type: 'emitRetractionNow',
            params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
          },
          { type: 'recordFailedAttempt', params: ({ event }) => event },
          'goToNextModel',
          'nextReply',
        ],
      },
      {
        target: '#conversation.failed',
        actions: [retractCutReply, { type: 'settleFailed', params: ({ event }) => event }],
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
            target: '#conversation.streaming',
            reenter: true,
            actions: [{ type: 'recordFailedAttempt', params: { failure: noAnswer } }, 'goToNextModel', 'nextReply'],
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
