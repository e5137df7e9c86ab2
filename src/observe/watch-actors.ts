// The actors of a conversation, as whoever inspects it follows them: the one reader of XState's inspection events. In one
// step their order is: the event, actors that it starts, microsteps, the snapshot. The transitions of a microstep stand in
// `_transitions`, which is no public field: tests pin it.
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

/** What happens to the actors that are watched. In order: a parent starts before its children. */
export interface ActorsObserver {
  started(actor: AnyActor): void
  /** `source`: who sent it, where that is an actor. */
  received(actor: AnyActor, event: AnyEventObject, source: AnyActor | undefined): void
  changed(actor: AnyActor, snapshot: Snapshot<unknown>, event: AnyEventObject): void
  /** A machine took a step. Without transitions where it started, or took nothing. */
  stepped?(
    actor: MachineActor,
    event: AnyEventObject,
    snapshot: AnyMachineSnapshot,
    transitions: readonly AnyTransitionDefinition[],
  ): void
  /** It is done, was stopped, or broke. Once for each that started. */
  ended(actor: AnyActor, status: 'done' | 'error' | 'stopped'): void
  /** Told of what one of these threw. */
  failed?(cause: unknown): void
}

export const isMachineActor = (actor: unknown): actor is MachineActor =>
  actor instanceof Actor && actor.logic instanceof StateMachine

/** An actor's parent, where it has one. */
export const parentOf = (actor: AnyActor): AnyActor | undefined =>
  actor._parent instanceof Actor ? actor._parent : undefined

/**
 * Watches the live actors of a system that `isWatched` lets through, and those that come. Whoever lives already is told of
 * at once. Nothing is told per delta: XState inspects no emitted events. Returns how to end it.
 */
export function watchActors(
  root: AnyActor,
  isWatched: (actor: AnyActor) => boolean,
  observer: ActorsObserver,
): () => void {
  const live = new Set<AnyActor>()

  /** What an inspector can't show must not end the conversation: XState runs this in the middle of a step. */
  const guarded = (run: () => void) => {
    try {
      run()
    } catch (cause) {
      observer.failed?.(cause)
    }
  }
  const start = (actor: AnyActor): boolean => {
    if (live.has(actor)) return true
    // XState reports what is sent to an actor that has ended as well.
    if (!isWatched(actor) || !isActive(actor)) return false
    const parent = parentOf(actor)
    if (parent) start(parent)
    live.add(actor)
    guarded(() => observer.started(actor))
    return true
  }
  const end = (actor: AnyActor, status: 'done' | 'error' | 'stopped') => {
    if (!live.delete(actor)) return
    // What stands below an actor ends with it, whether or not XState still tells of it.
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
      // One that broke has no last snapshot: all that is told is the error, to its parent.
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
  // A root that broke has nobody to tell either.
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
