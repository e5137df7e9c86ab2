// The history for viewers that join later. Entries are kept as they are, and become messages only when a viewer joins.
import type { AnyActor, AnyEventObject, Snapshot } from 'xstate'

interface Entry {
  readonly actor: AnyActor
  /** Milliseconds since 1970. */
  readonly at: number
  readonly event: AnyEventObject
  /** The sender of an event, if it is known. */
  readonly source?: AnyActor | undefined
  /** The snapshot that the event led to; missing for an event that was only sent. */
  readonly snapshot?: Snapshot<unknown>
}

/** An actor, with its snapshot before its first entry that is kept. */
interface Known {
  readonly actor: AnyActor
  at: number
  snapshot: Snapshot<unknown>
  isLive: boolean
  entries: number
}

export class History {
  readonly #limit: number
  readonly #known = new Map<AnyActor, Known>()
  #entries: Entry[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  /** In the order in which they started. */
  get actors(): readonly Pick<Known, 'actor' | 'at' | 'snapshot'>[] {
    return [...this.#known.values()]
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  has(actor: AnyActor): boolean {
    return this.#known.has(actor)
  }

  start(known: Pick<Known, 'actor' | 'at' | 'snapshot'>): void {
    this.#known.set(known.actor, { ...known, isLive: true, entries: 0 })
  }

  add(entry: Entry): void {
    const known = this.#known.get(entry.actor)
    if (!known) return
    known.entries++
    this.#entries.push(entry)
    while (this.#entries.length > this.#limit) this.#forgetFirst()
  }

  end(actor: AnyActor): void {
    const known = this.#known.get(actor)
    if (!known) return
    known.isLive = false
    this.#forgetUnused(known)
  }

  #forgetFirst(): void {
    const entry = this.#entries.shift()
    const known = entry && this.#known.get(entry.actor)
    if (!known) return
    known.entries--
    if (entry.snapshot) {
      known.snapshot = entry.snapshot
      known.at = entry.at
    }
    this.#forgetUnused(known)
  }

  /** Forgets an actor that has ended, once no entry of it and none of its children is kept. */
  #forgetUnused(known: Known): void {
    if (known.isLive || known.entries > 0) return
    for (const { actor } of this.#known.values()) if (actor._parent === known.actor) return
    this.#known.delete(known.actor)
    const parent = [...this.#known.values()].find(({ actor }) => actor === known.actor._parent)
    if (parent) this.#forgetUnused(parent)
  }
}
