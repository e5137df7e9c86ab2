import { words } from '../conversation.actions.ts'
import type { RejectionPolicy } from '../../../src/journal/index.ts'
import { rejectionToDecide } from '../rejections.ts'
import { storing } from '../storing.ts'
import { answering, restored, tooLate } from './shared.ts'

const storingRejection = storing({ guard: 'isSaved', target: 'deciding' })

const leaves = {
  target: '#conversation.failed',
  actions: { type: 'settleRejected', params: ({ event }: { event: { policy: RejectionPolicy } }) => event },
} as const

const resolve = [
  {
    guard: { type: 'canRepair', params: ({ event }) => event },
    target: '#conversation.streaming',
    actions: 'repair',
  },
  {
    guard: { type: 'putsTurnsAside', params: ({ event }) => event },
    target: '#conversation.reset',
    actions: [
      { type: 'settleRejected', params: ({ event }) => event },
      { type: 'resetAfterRejection', params: ({ event }) => event },
    ],
  },
  leaves,
] as const satisfies NonNullable<NonNullable<Parameters<typeof words.createStateConfig>[0]['on']>['rejection.resolve']>

/** Nobody decides in time: what the default does is done. */
const byDefault = [
  { guard: { type: 'canRepair', params: { policy: 'repair' } }, target: '#conversation.streaming', actions: 'repair' },
  { target: '#conversation.failed', actions: { type: 'settleRejected', params: { policy: 'repair' } } },
] as const

/** The API can't take the request as it is: what is to blame is left out and the same is asked again, or the turn leaves. */
export const rejected = words.createStateConfig({
  tags: 'answering',
  on: { ...answering, 'journal.ready': restored },
  initial: 'saving',
  states: {
    saving: storingRejection.saving,
    unsaved: { ...storingRejection.unsaved, on: { 'journal.ready': restored } },
    deciding: {
      tags: 'busy',
      invoke: {
        id: 'rejection',
        src: 'decideRejection',
        input: ({ context }) => rejectionToDecide(context),
        onError: byDefault,
      },
      on: { 'rejection.resolve': resolve, 'rejection.ask': 'awaitingDecision' },
      after: {
        decideTimeout: [
          {
            guard: { type: 'canRepair', params: { policy: 'repair' } },
            target: '#conversation.streaming',
            actions: [tooLate('rejection'), 'repair'],
          },
          {
            target: '#conversation.failed',
            actions: [tooLate('rejection'), { type: 'settleRejected', params: { policy: 'repair' } }],
          },
        ],
      },
    },
    awaitingDecision: { tags: 'awaitingDecision', on: { 'rejection.resolve': resolve } },
  },
})
