import { failureFrom } from '../../../src/errors.ts'
import { words } from '../conversation.actions.ts'
import { noAnswer, noCompaction, tooLong, tooManySteps, windowFull } from '../failures.ts'
import { ending } from './ending.ts'
import { answeringReply, restored, retractCut } from './shared.ts'

/** One reply being received. */
export const streaming = words.createStateConfig({
  tags: ['busy', 'answering'],
  entry: ['save', 'checkBudget', 'announceAttempt'],
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
    'journal.ready': restored,
    // The actor asks nothing in the tick in which it starts, so nothing is sent.
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
          { type: 'noteOverflow', params: { failure: windowFull } },
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
          type: 'announceRetraction',
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
        actions: { type: 'noteRejection', params: ({ event }) => event },
      },
      {
        target: '#conversation.rejected',
        actions: [
          { type: 'announceRetraction', params: ({ event }) => ({ shown: event.shown, cause: 'rejection' }) },
          { type: 'noteRejection', params: ({ event }) => event },
        ],
      },
    ],
    'reply.failed': [
      {
        guard: { type: 'canTryAgain', params: ({ event }) => event },
        target: '#conversation.waitingToRetry',
        actions: [
          {
            type: 'announceRetraction',
            params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
          },
          { type: 'noteFailure', params: ({ event }) => event },
        ],
      },
      {
        guard: { type: 'canLeaveContainerOut', params: ({ event }) => event },
        target: '#conversation.rejected',
        actions: [
          {
            type: 'announceRetraction',
            params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
          },
          { type: 'noteServerError', params: ({ event }) => event },
        ],
      },
      {
        guard: { type: 'canGoToNextModel', params: ({ event }) => event },
        target: '#conversation.streaming',
        reenter: true,
        actions: [
          {
            type: 'announceRetraction',
            params: ({ event }) => ({ shown: event.partial?.shown ?? false, cause: 'retry' }),
          },
          { type: 'noteFailure', params: ({ event }) => event },
          'goToNextModel',
          'nextReply',
        ],
      },
      {
        target: '#conversation.failed',
        actions: [retractCut, { type: 'settleFailed', params: ({ event }) => event }],
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
            actions: { type: 'noteFailure', params: { failure: noAnswer } },
          },
          {
            guard: 'hasNextModel',
            target: '#conversation.streaming',
            reenter: true,
            actions: [{ type: 'noteFailure', params: { failure: noAnswer } }, 'goToNextModel', 'nextReply'],
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
