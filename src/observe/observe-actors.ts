// Observes the actors of a conversation. The only reader of XState's inspection events.
//   Order within one step: the event, actors that it starts, microsteps, the snapshot.
//   The transitions of a microstep are in `_transitions`, which is not a public field of XState; tests pin it.
import {
  Actor,
  type AnyActor,
  type AnyEventObject,
  type AnyMachineSnapshot,
  type AnyStateMachine,
  type AnyTransitionDefinition,
  type InspectionEvent,
  isMachineSnapshot,
  type Snapshot,
  StateMachine,
} from 'xstate'

export type MachineActor = Actor<AnyStateMachine>

/** Called with what happens to the observed actors, in order: a parent starts before its children. */
export interface ActorObserver {
  started(actor: AnyActor): void
  /** @param source The actor that sent the event; `undefined` for the app. */
  received(actor: AnyActor, event: AnyEventObject, source: AnyActor | undefined): void
  changed(actor: AnyActor, snapshot: Snapshot<unknown>, event: AnyEventObject): void
  /** A machine made a microstep. `transitions` is empty when the machine starts, and when no transition was enabled. */
  stepped?(
    actor: MachineActor,
    event: AnyEventObject,
    snapshot: AnyMachineSnapshot,
    transitions: readonly AnyTransitionDefinition[],
  ): void
  /** The actor is done, was stopped, or failed. Called once for each actor that started. */
  ended(actor: AnyActor, status: 'done' | 'error' | 'stopped'): void
  /** Called with what one of these callbacks threw. */
  failed?(cause: unknown): void
}

export const isMachineActor = (actor: unknown): actor is MachineActor =>
  actor instanceof Actor && actor.logic instanceof StateMachine

/** An actor's parent, where it has one. */
export const parentOf = (actor: AnyActor): AnyActor | undefined =>
  actor._parent instanceof Actor ? actor._parent : undefined

/**
 * Observes the actors of a system: those that are active, which are reported at once, and those that start later. Nothing is
 * reported per delta, because XState does not inspect emitted events. Returns a function that stops observing.
 *
 * @param isObserved Which actors to report.
 */
export function observeActors(
  root: AnyActor,
  isObserved: (actor: AnyActor) => boolean,
  observer: ActorObserver,
): () => void {
  const live = new Set<AnyActor>()

  /** XState calls this in the middle of a step: an error here would end the conversation. */
  const guarded = (run: () => void) => {
    try {
      run()
    } catch (cause) {
      observer.failed?.(cause)
    }
  }
  const start = (actor: AnyActor): boolean => {
    if (live.has(actor)) return true
    // XState also reports events that are sent to an actor which has ended.
    if (!isObserved(actor) || !isActive(actor)) return false
    const parent = parentOf(actor)
    if (parent) start(parent)
    live.add(actor)
    guarded(() => observer.started(actor))
    return true
  }
  const end = (actor: AnyActor, status: 'done' | 'error' | 'stopped') => {
    if (!live.delete(actor)) return
    // The children of an actor end with it, even where XState does not report that.
    for (const other of live) if (parentOf(other) === actor) end(other, 'stopped')
    guarded(() => observer.ended(actor, status))
  }
  const startAll = (actor: AnyActor) => {
    start(actor)
    for (const child of childrenOf(actor)) startAll(child)
  }

  startAll(root)
  const follow = (inspected: InspectionEvent) => {
    const { actorRef: actor } = inspected
    if (!(actor instanceof Actor)) return
    if (inspected.type === '@xstate.event') {
      const source = inspected.sourceRef instanceof Actor ? inspected.sourceRef : undefined
      // A failed actor has no last snapshot; XState reports only the error event, which goes to its parent.
      if (source && source.getSnapshot()?.status === 'error') end(source, 'error')
      if (start(actor)) observer.received(actor, inspected.event, source)
    } else if (inspected.type === '@xstate.microstep') {
      if (live.has(actor) && isMachineActor(actor) && isMachineSnapshot(inspected.snapshot))
        observer.stepped?.(actor, inspected.event, inspected.snapshot, inspected._transitions)
    } else if (inspected.type === '@xstate.snapshot' && live.has(actor)) {
      const { snapshot, event } = inspected
      if (snapshot.status !== 'stopped') guarded(() => observer.changed(actor, snapshot, event))
      if (snapshot.status !== 'active') end(actor, snapshot.status)
    }
  }
  const inspection = root.system.inspect((inspected) => guarded(() => follow(inspected)))
  // A failed root has no parent to receive that event.
  const subscription = root.subscribe({ error: () => end(root, 'error') })
  return () => {
    inspection.unsubscribe()
    subscription.unsubscribe()
    live.clear()
  }
}

const isActive = (actor: AnyActor): boolean => actor.getSnapshot()?.status === 'active'

function childrenOf(actor: AnyActor): readonly AnyActor[] {
  if (!isMachineActor(actor)) return []
  return Object.values(actor.getSnapshot().children).filter((child) => child instanceof Actor)
}
