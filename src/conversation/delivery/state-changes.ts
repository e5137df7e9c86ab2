import type { Actor, AnyMachineSnapshot, InspectionEvent } from 'xstate'
import type { conversationMachine } from '../../../machines/index.ts'
import { stateName } from '../../state-name.ts'
import type { StateChange } from '../turns/events.ts'

/** Reports each change of state, transient states within a macrostep included. Returns a function that ends it. */
export function watchStates(
  actor: Actor<typeof conversationMachine>,
  changed: (change: StateChange) => void,
): () => void {
  let from = stateName(actor.getSnapshot().value)
  const observer = (inspection: InspectionEvent) => {
    if (inspection.type !== '@xstate.microstep' || inspection.actorRef !== actor) return
    const to = stateName((inspection.snapshot as AnyMachineSnapshot).value)
    if (to === from) return
    changed({ type: 'state', from, to, event: inspection.event.type })
    from = to
  }
  const subscription = actor.system.inspect(observer)
  return () => subscription.unsubscribe()
}
