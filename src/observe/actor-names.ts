import type { AnyActor } from 'xstate'
import { parentOf } from './observe-actors.ts'

export interface ActorName {
  readonly actor: string
  readonly session: string
}

/** Names the actors below a root by their path of ids, because XState's session ids differ from run to run. */
export function actorNames(root: AnyActor): (actor: AnyActor) => ActorName {
  const known = new WeakMap<AnyActor, ActorName>()
  const pathOf = (actor: AnyActor): string => {
    if (actor === root) return 'conversation'
    const parent = parentOf(actor)
    return !parent || parent === root ? actor.id : `${pathOf(parent)}/${actor.id}`
  }
  return (actor) => {
    let name = known.get(actor)
    if (!name) known.set(actor, (name = { actor: pathOf(actor), session: actor.sessionId }))
    return name
  }
}
