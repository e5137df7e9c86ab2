// Lists and records that only grow: each view has its own, and shares what was there before. Reading them is all that callers
// can do, so that one that nobody else has seen may grow in place, and an index may be handed on instead of being made anew.

/** What is known of the items of one list, by key. It holds exactly the first `size` items of the list that it is for. */
export interface Index<T> {
  readonly size: number
  add(item: T): void
}

/** The lists and records that one fold made: they grow in place until it gives them out. */
export class Owner {
  readonly #owned = new WeakSet<object>()
  readonly #givesOut: (() => void)[] = []

  /** Takes what was made just now, and that nobody else holds. */
  take<T extends object>(made: T): T {
    this.#owned.add(made)
    return made
  }

  owns(list: object): boolean {
    return this.#owned.has(list)
  }

  /** Calls back before what it owns is given out. */
  beforeGivingOut(finish: () => void): void {
    this.#givesOut.push(finish)
  }

  giveOut(): void {
    for (const finish of this.#givesOut) finish()
  }
}

/** The owner whose work runs just now. The work is synchronous, so there is one at most. */
let working: Owner | null = null

export const currentOwner = (): Owner | null => working

/**
 * Runs work in which lists and records grow in place from their first change on: a list of n items is made in n steps and not
 * in n². Once the owner has given them out, nothing may be run for it.
 */
export function ownedBy<Result>(owner: Owner, work: () => Result): Result {
  const outer = working
  working = owner
  try {
    return work()
  } finally {
    working = outer
  }
}

const indexes = new WeakMap<readonly unknown[], Index<unknown>>()

/** Whether it may grow in place: the fold that runs just now made it, and nobody else has seen it. */
export const isOwn = (made: object): boolean => working?.owns(made) === true

const isOwned = <T>(list: readonly T[]): list is T[] => isOwn(list)

const taken = <T extends object>(made: T): T => working?.take(made) ?? made

/**
 * The list with these items at its end. The index of the old list goes with the new one. It stays right for the old one,
 * too, whose readers look at its first items only.
 */
export function grown<T>(list: readonly T[], more: readonly T[]): readonly T[] {
  if (more.length === 0) return list
  const index = indexes.get(list)
  const isNewest = index?.size === list.length
  const next = isOwned(list) ? pushed(list, more) : taken(list.concat(more))
  if (index === undefined || !isNewest) return next
  for (const item of more) index.add(item)
  indexes.set(next, index)
  return next
}

function pushed<T>(list: T[], more: readonly T[]): T[] {
  for (const item of more) list.push(item)
  return list
}

/** The list with another item, of the same key, in the place of one. */
export function replacedAt<T>(list: readonly T[], at: number, item: T): readonly T[] {
  const next = isOwned(list) ? list : taken([...list])
  next[at] = item
  const index = indexes.get(list)
  if (index) indexes.set(next, index)
  return next
}

/** The record with these entries. Any name may be a key, `__proto__` too. */
export function withEntries<T>(
  record: Readonly<Record<string, T>>,
  entries: Iterable<readonly [string, T]>,
): Readonly<Record<string, T>> {
  const next = working?.owns(record) ? record : taken({ ...record })
  for (const [key, value] of entries)
    Object.defineProperty(next, key, { value, enumerable: true, configurable: true, writable: true })
  return next
}

/** The index of a list: made when it is asked for first, and handed on as the list grows. */
export function indexOf<T, I extends Index<T>>(list: readonly T[], Kind: new () => I): I {
  const known = indexes.get(list)
  return known instanceof Kind ? known : newIndex(list, Kind)
}

/** An index of exactly this list, for what can't tell a list from a longer one. */
export function exactIndexOf<T, I extends Index<T>>(list: readonly T[], Kind: new () => I): I {
  const known = indexes.get(list)
  return known instanceof Kind && known.size === list.length ? known : newIndex(list, Kind)
}

function newIndex<T, I extends Index<T>>(list: readonly T[], Kind: new () => I): I {
  const made = new Kind()
  for (const item of list) made.add(item)
  indexes.set(list, made)
  return made
}

/** Places of items by a key; of two with one key, the later. */
export abstract class Places<T> implements Index<T> {
  readonly #keyOf: (item: T) => string
  readonly #places = new Map<string, number>()
  #size = 0

  protected constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf
  }

  get size(): number {
    return this.#size
  }

  add(item: T): void {
    this.#places.set(this.#keyOf(item), this.#size++)
  }

  /** Index of the item with this key in a list that this was made for, or -1. */
  at(list: readonly T[], key: string): number {
    const place = this.#places.get(key) ?? -1
    // Beyond the end: it was added to a longer list. A shorter one may hold an earlier item with the key.
    return place < list.length ? place : list.findLastIndex((item) => this.#keyOf(item) === key)
  }
}

class Ids extends Places<string> {
  constructor() {
    super((id) => id)
  }
}

const idsOf = (list: readonly string[]) => indexOf(list, Ids)

/** Whether a list of ids has this one. */
export const hasId = (list: readonly string[], id: string): boolean => idsOf(list).at(list, id) >= 0

/** The same for whoever asks about many ids of one list. */
export const idsIn = (list: readonly string[]): ((id: string) => boolean) => {
  const ids = idsOf(list)
  return (id) => ids.at(list, id) >= 0
}

/** The list with those of the ids that it does not have yet. */
export const withIds = <Id extends string>(list: readonly Id[], ids: readonly Id[]): readonly Id[] =>
  grown(
    list,
    [...new Set(ids)].filter((id) => !hasId(list, id)),
  )
