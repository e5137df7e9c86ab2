import type { Actor, AnyMachineSnapshot, InspectionEvent, StateValue } from 'xstate'
import type { conversationMachine } from '../../machines/index.ts'
import type { StateChange } from './events.ts'

/** The name of a state, dotted for nested ones. */
export const stateName = (value: StateValue): string =>
  typeof value === 'string'
    ? value
    : Object.entries(value)
        .map(([key, child]) => (child === undefined ? key : `${key}.${stateName(child)}`))
        .join(' ')

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
