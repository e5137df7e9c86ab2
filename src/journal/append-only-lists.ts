// Lists and records that only grow. Each view has its own list and shares the earlier items with older views. Callers can only
// read them, so a list that no caller has seen yet may grow in place, and its index is passed on instead of rebuilt.

/** An index over one list. It covers exactly the first `size` items of the list. */
export interface Index<T> {
  readonly size: number
  add(item: T): void
}

/** The lists and records that one fold created. They grow in place until the fold hands them out. */
export class Owner {
  readonly #owned = new WeakSet<object>()
  readonly #givesOut: (() => void)[] = []

  /** Takes ownership of a value that was just created and that nothing else references. */
  take<T extends object>(made: T): T {
    this.#owned.add(made)
    return made
  }

  owns(list: object): boolean {
    return this.#owned.has(list)
  }

  /** Registers a callback that runs before the owned values are handed out. */
  beforeGivingOut(finish: () => void): void {
    this.#givesOut.push(finish)
  }

  giveOut(): void {
    for (const finish of this.#givesOut) finish()
  }
}

/** The owner whose work is running. The work is synchronous, so there is at most one. */
let working: Owner | null = null

export const currentOwner = (): Owner | null => working

/**
 * Runs work in which lists and records grow in place after their first change, so a list of n items takes n steps and not n².
 * Do not call it for an owner that has handed its values out.
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

/** Whether a value may grow in place: the running fold created it, and nothing else has seen it. */
export const isOwn = (made: object): boolean => working?.owns(made) === true

const isOwned = <T>(list: readonly T[]): list is T[] => isOwn(list)

const taken = <T extends object>(made: T): T => working?.take(made) ?? made

/**
 * The list with these items appended. The index of the old list is passed on to the new one. It stays correct for the old list too,
 * because readers of that list ignore items beyond its end.
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

/** The list with one item replaced by another one with the same key. */
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

/** The index of a list: built on first use, and passed on as the list grows. */
export function indexOf<T, I extends Index<T>>(list: readonly T[], Kind: new () => I): I {
  const known = indexes.get(list)
  return known instanceof Kind ? known : newIndex(list, Kind)
}

/** An index that covers exactly this list, for indexes whose answers depend on the length of the list. */
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

/** Positions of items by key. When two items share a key, the later one counts. */
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

  /** The position of the item with this key in a list that this index covers, or -1. */
  at(list: readonly T[], key: string): number {
    const place = this.#places.get(key) ?? -1
    // A position beyond the end belongs to a longer list. The shorter list may have an earlier item with this key.
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

/** The list with the ids appended that it does not contain yet. */
export const withIds = <Id extends string>(list: readonly Id[], ids: readonly Id[]): readonly Id[] =>
  grown(
    list,
    [...new Set(ids)].filter((id) => !hasId(list, id)),
  )
