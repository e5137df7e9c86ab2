import type { Actor, AnyMachineSnapshot, InspectionEvent } from 'xstate'
import type { conversationMachine } from '../../machines/index.ts'
import { stateName } from '../state-name.ts'
import type { StateChange } from './events.ts'

/** Tells each change of the actor's own state, the passing ones of a macrostep too. Returns how to end it. */
export function watchStates(actor: Actor<typeof conversationMachine>, tell: (change: StateChange) => void): () => void {
  let from = stateName(actor.getSnapshot().value)
  const observer = (inspection: InspectionEvent) => {
    if (inspection.type !== '@xstate.microstep' || inspection.actorRef !== actor) return
    const to = stateName((inspection.snapshot as AnyMachineSnapshot).value)
    if (to === from) return
    tell({ type: 'state', from, to, event: inspection.event.type })
    from = to
  }
  const subscription = actor.system.inspect(observer)
  return () => subscription.unsubscribe()
}
