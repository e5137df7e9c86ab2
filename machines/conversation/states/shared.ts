// Arrows that several states have.
import type { Cut, CutReply, DecidedBySlot } from '../conversation.types.ts'
import { setupWithActions } from '../conversation.actions.ts'

/** The refusal is emitted once it is stored. After a stop no policy is asked. */
export const dropTurnEmitWhenStored = [
  { type: 'emitRefusalWhenStored', params: { policy: 'drop-turn' } },
  { type: 'resetContext', params: { policy: 'drop-turn' } },
] as const

type Arrows = NonNullable<Parameters<typeof setupWithActions.createStateConfig>[0]['on']>

/** Retracts what was shown of a reply that was cut after its refusal arrived, the model's own or that of a model before it within the API. */
export const retractCutReply = {
  type: 'emitRetractionNow',
  params: ({ event: { partial } }: { event: { partial?: CutReply | undefined } }) => ({
    shown: partial?.refusal?.refusal.textShown ?? (partial?.isVoid === true && partial.shown),
    cause: 'refusal' as const,
  }),
} as const

/** What ends a turn early. Every state with the tag `answering` has these transitions. */
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
      guard: { type: 'wouldInterrupt', params: ({ event }) => event },
      actions: askForPartial,
    },
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

/** The journal starts again only when the actor was restored: the process that answered the turn is gone. */
export const failInterrupted = { target: '#conversation.failed', actions: 'settleInterrupted' } as const

/** Reports that a function of the app did not answer in time. */
export const emitTimeout = <const About extends DecidedBySlot>(about: About) =>
  ({ type: 'emitTimeoutNow', params: { about } }) as const

export const dropTurnEmitNow = [
  { type: 'emitRefusalNow', params: { policy: 'drop-turn' } },
  { type: 'resetContext', params: { policy: 'drop-turn' } },
] as const
