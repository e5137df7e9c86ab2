// The states and transitions of one tool call. Types, actions and guards are in tool-call.setup.ts.
import { messageOf } from '../../src/errors.ts'
import { crashed, denial, interrupted, outOfSequence, outOfTime, repeated } from './results.ts'
import { toolCallSetup } from './tool-call.setup.ts'

/** The process ended while the call may have been running. */
const notRunAgain = {
  target: '#toolCall.cancelled',
  actions: { type: 'endWithError', params: { status: 'cancelled', text: interrupted } },
} as const

/** The chart of one tool call. */
export const toolCallMachine = toolCallSetup.createMachine({
  id: 'toolCall',
  version: '1',
  options: { maxIterations: 1_000 },
  context: ({ input }) => input,
  initial: 'waiting',
  states: {
    waiting: {
      initial: 'forNeeds',
      states: {
        forNeeds: {
          always: [
            {
              guard: 'isRepeated',
              target: '#toolCall.failed',
              actions: { type: 'endWithError', params: { status: 'failed', text: repeated } },
            },
            {
              guard: { type: 'cameAs', params: { state: 'interrupted' } },
              target: 'forRerun',
            },
            // Events about these were emitted before the process ended.
            {
              guard: { type: 'cameAs', params: { state: 'awaitingApproval' } },
              target: '#toolCall.awaitingApproval',
            },
            { guard: { type: 'cameAs', params: { state: 'awaitingAnswer' } }, target: '#toolCall.awaitingAnswer' },
            { guard: { type: 'cameAs', params: { state: 'approved' } }, target: 'forPlace' },
            {
              guard: { type: 'cameAs', params: { state: 'denied' } },
              target: '#toolCall.denied',
              actions: 'endDenied',
            },
          ],
          invoke: {
            id: 'needs',
            src: 'learnNeeds',
            input: ({ context }) => ({ turnId: context.turnId, call: context.call }),
            onError: {
              target: '#toolCall.failed',
              actions: {
                type: 'endWithError',
                params: ({ event }) => ({ status: 'failed', text: crashed(messageOf(event.error)) }),
              },
            },
          },
          on: {
            'needs.place': 'forPlace',
            'needs.approval': { target: '#toolCall.awaitingApproval', actions: 'wantApproval' },
            'needs.answer': { target: '#toolCall.awaitingAnswer', actions: 'wantAnswer' },
            'needs.unmet': {
              target: '#toolCall.failed',
              actions: { type: 'end', params: ({ event }) => ({ status: 'failed', result: event.result }) },
            },
          },
          // A schema or a `needsApproval` that never returns must not block the turn.
          after: {
            runTimeout: {
              target: '#toolCall.timedOut',
              actions: { type: 'endWithError', params: { status: 'timedOut', text: outOfTime } },
            },
          },
        },
        // It may have run. Only who knows the tool can say that it may run again: any other answer means that it may not.
        forRerun: {
          invoke: {
            id: 'needs',
            src: 'learnNeeds',
            input: ({ context }) => ({ turnId: context.turnId, call: context.call }),
            onError: notRunAgain,
          },
          on: {
            'needs.rerun': 'forPlace',
            'needs.nothing': notRunAgain,
            // From a slot that knows nothing of calls that came as interrupted.
            'needs.place': notRunAgain,
            'needs.approval': notRunAgain,
            'needs.answer': notRunAgain,
            'needs.unmet': notRunAgain,
          },
          after: { runTimeout: notRunAgain },
        },
        forPlace: {
          entry: 'wantPlace',
          on: {
            'place.given': 'forStart',
            'place.lost': {
              target: '#toolCall.failed',
              actions: {
                type: 'endWithError',
                params: ({ event }) => ({ status: 'failed', text: outOfSequence(event.toolset) }),
              },
            },
          },
        },
        // It has a place. Nothing has run yet.
        forStart: {
          on: {
            'call.start': '#toolCall.running',
            // It was ready before its approval was known to be stored.
            'call.approve': { actions: 'wantStart' },
            'call.interrupt': notRunAgain,
          },
        },
      },
    },

    awaitingApproval: {
      on: {
        'call.approve': 'waiting.forPlace',
        'call.deny': {
          target: 'denied',
          actions: {
            type: 'endWithError',
            params: ({ event }) => ({ status: 'denied', text: denial(event.reason) }),
          },
        },
      },
    },

    awaitingAnswer: {
      on: {
        'call.answer': {
          target: 'settled',
          actions: { type: 'end', params: ({ event }) => ({ status: 'settled', result: event.result }) },
        },
      },
    },

    running: {
      invoke: {
        id: 'run',
        src: 'runTool',
        input: ({ context }) => ({ turnId: context.turnId, call: context.call }),
        onError: {
          target: 'failed',
          actions: {
            type: 'endWithError',
            params: ({ event }) => ({ status: 'failed', text: crashed(messageOf(event.error)) }),
          },
        },
      },
      on: {
        'run.settled': {
          target: 'settled',
          actions: { type: 'end', params: ({ event }) => ({ status: 'settled', result: event.result }) },
        },
        'run.failed': {
          target: 'failed',
          actions: { type: 'end', params: ({ event }) => ({ status: 'failed', result: event.result }) },
        },
        'call.interrupt': notRunAgain,
      },
      after: {
        runTimeout: {
          target: 'timedOut',
          actions: { type: 'endWithError', params: { status: 'timedOut', text: outOfTime } },
        },
      },
    },

    settled: { type: 'final' },
    denied: { type: 'final' },
    failed: { type: 'final' },
    timedOut: { type: 'final' },
    cancelled: { type: 'final' },
  },
})
