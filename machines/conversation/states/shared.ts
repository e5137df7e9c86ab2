// Arrows that several states have.
import type { Cut, DecidedBySlot } from '../conversation.types.ts'
import { setupWithActions } from '../conversation.actions.ts'

/** After a stop no policy is asked. */
export const dropTurn = { type: 'resetContext', params: { policy: 'drop-turn' } } as const

type Arrows = NonNullable<Parameters<typeof setupWithActions.createStateConfig>[0]['on']>

/** What ends a turn early. Every state with the tag `answering` has these transitions. */
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
} as const satisfies Arrows

const askForPartial = [
  { type: 'askForPartial', params: ({ event }: { event: Cut }) => event },
  { type: 'cutAnyway', params: ({ event }: { event: Cut }) => event },
] as const

/**
 * The same while a reply arrives: its refusal or its end may have arrived already, behind what was shown. Only the stream actor
 * knows that, and what had arrived. It is asked first; the event comes again with its answer.
 */
export const answeringReply = {
  'conversation.close': {
    guard: { type: 'isPartialUnknown', params: ({ event }) => event },
    actions: askForPartial,
  },
  'user.stop': [
    {
      guard: { type: 'isPartialUnknown', params: ({ event }) => event },
      actions: askForPartial,
    },
    {
      guard: { type: 'wasRefused', params: ({ event }) => event },
      target: '#conversation.reset',
      actions: [{ type: 'quarantineCut', params: ({ event }) => event }, dropTurn],
    },
    {
      guard: { type: 'isAbortTooLate', params: ({ event }) => event },
      target: '#conversation.streaming.ending.aborted',
    },
    { guard: { type: 'isTooLate', params: ({ event }) => event }, target: '#conversation.streaming.ending.stopped' },
    answering['user.stop'],
  ],
  'user.send': [
    {
      guard: { type: 'wouldInterrupt', params: ({ event }) => event },
      actions: askForPartial,
    },
    {
      guard: { type: 'canInterruptRefused', params: ({ event }) => event },
      target: '#conversation.reset',
      actions: [
        { type: 'enqueue', params: ({ event }) => event },
        { type: 'quarantineCut', params: ({ event }) => event },
        dropTurn,
      ],
    },
    answering['user.send'],
  ],
} as const satisfies Arrows

/** The actor was restored: the process that answered the turn is gone. */
export const failInterrupted = {
  target: '#conversation.failed',
  actions: ['takeUp', 'settleInterrupted'],
} as const

/** Reports that a function of the app did not answer in time. */
export const emitTimeout = <const About extends DecidedBySlot>(about: About) =>
  ({ type: 'emitTimeoutNow', params: { about } }) as const
