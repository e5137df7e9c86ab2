// Runs the tool calls of one reply: the logic of the conversation's slot `runTools`. Types, actions and guards are in
// tool-calls.setup.ts.
//   T0  In the tick in which it starts it sends nothing and runs nothing, so that a restored actor can be stopped before
//       it acts. A call that was running when it was persisted is not run again: it ends as cancelled.
//   T1  After it is stopped, it sends nothing, and running calls are aborted.
//   T2  Exactly one tool.settled for each call that is not stopped, also for calls with the same id.
//   T3  A command that does not fit the state of its call changes nothing.
//   T4  A call that has a place sends tool.ready, and runs when call.start comes.
//   T5  Calls of one toolset run one after the other, in the order of the reply. Once one of them has not succeeded, those
//       behind it are not run: the model planned them as a sequence. Other calls neither wait for them nor stop them.
//   T6  A call that came as interrupted runs again only if `learnNeeds` says so, and its tool.ready says `again` then.
// The actor runs until it is stopped.
import { toolCallsSetup } from './tool-calls.setup.ts'

/** How many calls run at the same time. */
const defaultLimit = 8

/** The chart that runs the tool calls of one reply: the logic of the slot `runTools`. */
export const toolCallsMachine = toolCallsSetup.createMachine({
  id: 'toolCalls',
  version: '1',
  options: { maxIterations: 10_000 },
  context: ({ input }) => ({
    turnId: input.turnId,
    calls: input.calls,
    limit: input.limit ?? defaultLimit,
    open: [...input.calls.keys()],
    queue: [],
    running: [],
    broken: [],
    endings: [],
    news: [],
  }),
  invoke: { id: 'start', src: 'tellStart', onError: '.working' },
  entry: 'spawnCalls',
  initial: 'starting',
  on: {
    'place.wanted': { actions: { type: 'enqueue', params: ({ event }) => event } },
    'start.wanted': { actions: { type: 'addReady', params: ({ event }) => event } },
    'approval.wanted': { actions: { type: 'addApprovalNeeded', params: ({ event }) => event } },
    'answer.wanted': { actions: { type: 'addAnswerNeeded', params: ({ event }) => event } },
    'call.ended': { actions: { type: 'keepEnding', params: ({ event }) => event } },
    'xstate.done.actor.*': { actions: { type: 'recordEnding', params: ({ event }) => event } },
    'xstate.error.actor.*': { actions: { type: 'recordCrash', params: ({ event }) => event } },
    'call.start': {
      guard: { type: 'isOpen', params: ({ event }) => event },
      actions: { type: 'forward', params: ({ event }) => event },
    },
    'call.approve': {
      guard: { type: 'isOpen', params: ({ event }) => event },
      actions: { type: 'forward', params: ({ event }) => event },
    },
    'call.deny': {
      guard: { type: 'isOpen', params: ({ event }) => event },
      actions: { type: 'forward', params: ({ event }) => event },
    },
    'call.answer': {
      guard: { type: 'isOpen', params: ({ event }) => event },
      actions: { type: 'forward', params: ({ event }) => event },
    },
  },
  states: {
    starting: {
      on: { 'slot.ready': 'working' },
    },
    working: {
      always: [
        { guard: 'hasNews', actions: 'sendNews' },
        { guard: 'canStart', actions: 'givePlace' },
      ],
      on: {
        // The slot starts again only when the actor was restored.
        'slot.started': { target: 'starting', actions: 'interruptRunning' },
      },
    },
  },
})
