import type { AnyActorRef } from 'xstate'

export interface ActorName {
  readonly actor: string
  readonly session: string
}

/** Names of the actors of one conversation: paths of ids, as people know them. XState's own ids are made anew each time. */
export class ActorNames {
  readonly #root: AnyActorRef
  readonly #names = new Map<AnyActorRef, ActorName>()
  readonly #children = new Map<AnyActorRef, Set<AnyActorRef>>()

  constructor(root: AnyActorRef) {
    this.#root = root
  }

  /** Whether it was not known yet. */
  add(actor: AnyActorRef): boolean {
    if (this.#names.has(actor)) return false
    this.#names.set(actor, this.#make(actor))
    const { _parent: parent } = actor
    if (!parent) return true
    const siblings = this.#children.get(parent) ?? new Set()
    this.#children.set(parent, siblings.add(actor))
    return true
  }

  remove(actor: AnyActorRef): boolean {
    if (actor._parent) this.#children.get(actor._parent)?.delete(actor)
    this.#children.delete(actor)
    return this.#names.delete(actor)
  }

  of(actor: AnyActorRef): ActorName {
    return this.#names.get(actor) ?? this.#make(actor)
  }

  childrenOf(actor: AnyActorRef): readonly AnyActorRef[] {
    const children = this.#children.get(actor)
    return children && children.size > 0 ? [...children] : none
  }

  #make(actor: AnyActorRef): ActorName {
    return { actor: this.#pathOf(actor), session: actor.sessionId }
  }

  #pathOf(actor: AnyActorRef): string {
    if (actor === this.#root) return 'conversation'
    const parent = actor._parent
    return !parent || parent === this.#root ? actor.id : `${this.#pathOf(parent)}/${actor.id}`
  }
}

const none: readonly AnyActorRef[] = []
