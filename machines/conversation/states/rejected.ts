import { setupWithActions } from '../conversation.actions.ts'
import type { RejectionPolicy } from '../../../src/journal/index.ts'
import { rejectionToDecide } from '../rejections.ts'
import { savingStates } from './saving-states.ts'
import { answering, failInterrupted, emitTimeout } from './shared.ts'

const storingRejection = savingStates({ guard: 'isSaved', target: 'deciding' })

const failTurn = {
  target: '#conversation.failed',
  actions: { type: 'settleRejected', params: ({ event }: { event: { policy: RejectionPolicy } }) => event },
} as const

const resolve = [
  {
    guard: { type: 'canRepair', params: ({ event }) => event },
    target: '#conversation.asking',
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
  failTurn,
] as const satisfies NonNullable<
  NonNullable<Parameters<typeof setupWithActions.createStateConfig>[0]['on']>['rejection.resolve']
>

/** What follows when the policy fails or does not answer in time. */
const repairOrFail = [
  { guard: { type: 'canRepair', params: { policy: 'repair' } }, target: '#conversation.asking', actions: 'repair' },
  { target: '#conversation.failed', actions: { type: 'settleRejected', params: { policy: 'repair' } } },
] as const

/** The API rejected the request: it is sent again without what may be the cause, or the turn fails. */
export const rejected = setupWithActions.createStateConfig({
  tags: 'answering',
  on: { ...answering, 'conversation.started': failInterrupted },
  initial: 'saving',
  states: {
    saving: storingRejection.saving,
    unsaved: storingRejection.unsaved,
    deciding: {
      tags: 'busy',
      invoke: {
        id: 'rejection',
        src: 'decideRejection',
        input: ({ context }) => rejectionToDecide(context),
        onError: repairOrFail,
      },
      on: { 'rejection.resolve': resolve, 'rejection.ask': 'awaitingDecision' },
      after: {
        decideTimeout: [
          {
            guard: { type: 'canRepair', params: { policy: 'repair' } },
            target: '#conversation.asking',
            actions: [emitTimeout('rejection'), 'repair'],
          },
          {
            target: '#conversation.failed',
            actions: [emitTimeout('rejection'), { type: 'settleRejected', params: { policy: 'repair' } }],
          },
        ],
      },
    },
    awaitingDecision: { tags: 'awaitingDecision', on: { 'rejection.resolve': resolve } },
  },
})
