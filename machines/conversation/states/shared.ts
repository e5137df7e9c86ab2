// Arrows that several states have.
import type { DecidedBySlot, PartialReply } from '../conversation.types.ts'
import { setupWithActions } from '../conversation.actions.ts'

/** The refusal is told once it is stored. Whoever stops is asked nothing more. */
export const dropTurnEmitWhenStored = [
  { type: 'emitRefusalWhenStored', params: { policy: 'drop-turn' } },
  { type: 'resetContext', params: { policy: 'drop-turn' } },
] as const

type Arrows = NonNullable<Parameters<typeof setupWithActions.createStateConfig>[0]['on']>

/** What people have seen of a reply is void if its refusal has arrived, be it of the model or of one before it within the API. */
export const retractCutReply = {
  type: 'emitRetractionNow',
  params: ({ event: { partial } }: { event: { partial?: PartialReply | undefined } }) => ({
    shown: partial?.refusal?.refusal.textShown ?? (partial?.isVoid === true && partial.shown),
    cause: 'refusal' as const,
  }),
} as const

/** What can cut a turn short, from every state in which the model or a tool is at work. */
export const answering = {
  'user.stop': {
    target: '#conversation.stopped',
    actions: [retractCutReply, { type: 'settleStopped', params: ({ event }) => event }],
  },
  'user.send': {
    guard: { type: 'canInterrupt', params: ({ event }) => event },
    target: '#conversation.stopped',
    actions: [
      retractCutReply,
      { type: 'enqueue', params: ({ event }) => event },
      { type: 'settleStopped', params: ({ event }) => event },
    ],
  },
} as const satisfies Arrows

/** The same while a reply arrives: its refusal may be here already, behind what was shown, or its end. */
export const answeringReply = {
  'user.stop': [
    {
      guard: { type: 'wasRefused', params: ({ event }) => event },
      target: '#conversation.reset',
      actions: [retractCutReply, { type: 'quarantineCut', params: ({ event }) => event }, ...dropTurnEmitWhenStored],
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
      guard: { type: 'canInterruptRefused', params: ({ event }) => event },
      target: '#conversation.reset',
      actions: [
        retractCutReply,
        { type: 'enqueue', params: ({ event }) => event },
        { type: 'quarantineCut', params: ({ event }) => event },
        ...dropTurnEmitWhenStored,
      ],
    },
    answering['user.send'],
  ],
} as const satisfies Arrows

/** The journal starting up means that we were restored: nobody answers this turn any more. */
export const failInterrupted = { target: '#conversation.failed', actions: 'settleInterrupted' } as const

/** A function of the app's was given up. */
export const emitTimeout = <const About extends DecidedBySlot>(about: About) =>
  ({ type: 'emitTimeoutNow', params: { about } }) as const

export const dropTurnEmitNow = [
  { type: 'emitRefusalNow', params: { policy: 'drop-turn' } },
  { type: 'resetContext', params: { policy: 'drop-turn' } },
] as const
