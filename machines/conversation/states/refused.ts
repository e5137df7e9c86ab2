import { setupWithActions } from '../conversation.actions.ts'
import { refusalToDecide } from '../resets.ts'
import { savingStates } from './saving-states.ts'
import { dropTurnEmitNow, dropTurnEmitWhenStored, emitTimeout } from './shared.ts'

const stopWhileSaving = { target: '#conversation.reset', actions: dropTurnEmitWhenStored } as const

const storingRefusal = savingStates(
  // A refused compaction changes nothing, so there is nothing to decide.
  {
    guard: 'isSavedAndWasCompacting',
    target: '#conversation.reset',
    actions: [{ type: 'emitRefusalNow', params: { policy: 'drop-turn' } }, 'leaveCompaction'],
  },
  { guard: 'isSaved', target: 'deciding' },
)

/** Nothing can be sent until it is decided what leaves the context. */
export const refused = setupWithActions.createStateConfig({
  initial: 'saving',
  states: {
    saving: { ...storingRefusal.saving, on: { ...storingRefusal.saving.on, 'user.stop': stopWhileSaving } },
    unsaved: { ...storingRefusal.unsaved, on: { ...storingRefusal.unsaved.on, 'user.stop': stopWhileSaving } },
    deciding: {
      tags: 'busy',
      invoke: {
        id: 'decision',
        src: 'decide',
        input: ({ context }) => refusalToDecide(context.view),
        onError: { target: '#conversation.reset', actions: dropTurnEmitNow },
      },
      on: {
        'refusal.resolve': {
          target: '#conversation.reset',
          actions: [
            { type: 'emitRefusalNow', params: ({ event }) => event },
            { type: 'resetContext', params: ({ event }) => event },
          ],
        },
        'refusal.ask': {
          target: 'awaitingDecision',
          actions: { type: 'emitRefusalNow', params: { policy: 'manual' } },
        },
        'journal.ready': { target: 'deciding', reenter: true, actions: 'save' },
        'user.stop': { target: '#conversation.reset', actions: dropTurnEmitNow },
      },
      after: {
        decideTimeout: { target: '#conversation.reset', actions: [emitTimeout('refusal'), ...dropTurnEmitNow] },
      },
    },
    awaitingDecision: {
      tags: 'awaitingDecision',
      on: {
        'refusal.resolve': {
          target: '#conversation.reset',
          actions: { type: 'resetContext', params: ({ event: { policy } }) => ({ policy, decidedBy: 'person' }) },
        },
        // The refusal was emitted when it was handed to a person.
        'conversation.close': '#conversation.closing',
      },
    },
  },
})
