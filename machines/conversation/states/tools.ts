import { failureFrom } from '../../../src/errors.ts'
import { openCalls } from '../open-calls.ts'
import { setupWithActions } from '../conversation.actions.ts'
import { savingStates } from './saving-states.ts'
import { toolsTooLong, tooManySteps } from '../failures.ts'
import { answering, failInterrupted } from './shared.ts'

const storingCalls = savingStates(
  { guard: 'isSavedAndHasStepsLeft', target: 'running' },
  {
    guard: 'isSaved',
    target: '#conversation.failed',
    actions: { type: 'settleFailed', params: { failure: tooManySteps } },
  },
)

/** The reply asked for tools. It is stored before any of them runs. */
export const tools = setupWithActions.createStateConfig({
  tags: ['busy', 'answering'],
  on: { ...answering, 'conversation.started': failInterrupted },
  initial: 'saving',
  states: {
    saving: storingCalls.saving,
    unsaved: storingCalls.unsaved,
    running: {
      exit: 'forgetRetry',
      invoke: {
        id: 'tools',
        src: 'runTools',
        input: ({ context }) => ({
          turnId: context.view.open?.id ?? '',
          calls: openCalls(context.view),
          limit: context.settings.toolLimit,
        }),
        onError: {
          target: '#conversation.failed',
          actions: {
            type: 'settleFailed',
            params: ({ event }) => ({ failure: failureFrom('tools-failed', event.error) }),
          },
        },
      },
      // Results are stored before the next request.
      always: { guard: 'isSavedAndHasAllResults', target: '#conversation.asking' },
      on: {
        'tool.ready': {
          guard: { type: 'canStartCall', params: ({ event }) => event },
          actions: [{ type: 'recordStart', params: ({ event }) => event }, 'save'],
        },
        'tool.approvalNeeded': {
          guard: { type: 'canAskForCall', params: ({ event }) => ({ callId: event.callId, needs: 'approval' }) },
          actions: [
            { type: 'recordCall', params: ({ event }) => ({ callId: event.callId, needs: 'approval' }) },
            'save',
          ],
        },
        'tool.answerNeeded': {
          guard: { type: 'canAskForCall', params: ({ event }) => ({ callId: event.callId, needs: 'answer' }) },
          actions: [{ type: 'recordCall', params: ({ event }) => ({ callId: event.callId, needs: 'answer' }) }, 'save'],
        },
        'tool.settled': {
          guard: { type: 'isUnanswered', params: ({ event }) => event },
          actions: [{ type: 'recordResult', params: ({ event }) => event }, 'save'],
        },
        'tool.approve': {
          guard: { type: 'awaitsApproval', params: ({ event }) => event },
          actions: [
            { type: 'recordDecision', params: ({ event }) => ({ callId: event.callId, approved: true }) },
            'save',
          ],
        },
        'tool.deny': {
          guard: { type: 'awaitsApproval', params: ({ event }) => event },
          actions: [
            {
              type: 'recordDecision',
              params: ({ event }) => ({ callId: event.callId, approved: false, reason: event.reason }),
            },
            'save',
          ],
        },
        'tool.answer': {
          guard: { type: 'awaitsAnswer', params: ({ event }) => event },
          actions: { type: 'forwardAnswer', params: ({ event }) => event },
        },
        'journal.saved': [
          {
            guard: { type: 'isBeyondJournal', params: ({ event }) => event },
            target: '#conversation.lost',
            actions: 'setTakenOver',
          },
          {
            actions: [
              { type: 'forwardStored', params: ({ event }) => event },
              { type: 'release', params: ({ event }) => event },
            ],
          },
        ],
        'conversation.started': [
          {
            guard: { type: 'isAt', params: { state: 'tools' } },
            target: 'running',
            reenter: true,
            actions: ['takeUp', 'save'],
          },
          failInterrupted,
        ],
      },
      initial: 'working',
      states: {
        working: {
          always: { guard: 'isAwaitingPeople', target: 'awaitingPeople' },
          after: {
            toolTimeout: {
              target: '#conversation.failed',
              actions: { type: 'settleFailed', params: { failure: toolsTooLong } },
            },
          },
        },
        awaitingPeople: {
          tags: 'awaitingPeople',
          always: { guard: 'awaitsNobody', target: 'working' },
          on: { 'conversation.close': { guard: 'keepsWaiting', target: '#conversation.closing' } },
        },
      },
    },
  },
})
