// Lists that only grow: each view has its own, and shares what was there before. Reading them is all that callers can do, so
// that a list that nobody else has seen may grow in place, and an index may be handed on instead of being made anew.

/** What is known of the items of one list, by key. It holds exactly the first `size` items of the list that it is for. */
export interface Index<T> {
  readonly size: number
  add(item: T): void
}

/** Lists that `growingInPlace` made and has not given out yet. */
const owned = new WeakSet<readonly unknown[]>()
const indexes = new WeakMap<readonly unknown[], Index<unknown>>()

const isOwned = <T>(list: readonly T[]): list is T[] => owned.has(list)

/**
 * The list with these items at its end. The index of the old list goes with the new one. It stays right for the old one,
 * too, whose readers look at its first items only.
 */
export function grown<T>(list: readonly T[], more: readonly T[]): readonly T[] {
  if (more.length === 0) return list
  const index = indexes.get(list)
  const isNewest = index?.size === list.length
  const next = isOwned(list) ? pushed(list, more) : list.concat(more)
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
  const next = isOwned(list) ? list : [...list]
  next[at] = item
  const index = indexes.get(list)
  if (index) indexes.set(next, index)
  return next
}

/** The index of a list: made when it is asked for first, and handed on as the list grows. */
export function indexOf<T, I extends Index<T>>(list: readonly T[], Kind: new () => I): I {
  const known = indexes.get(list)
  if (known instanceof Kind) return known
  const made = new Kind()
  for (const item of list) made.add(item)
  indexes.set(list, made)
  return made
}

/**
 * Runs `work`, in which copies that it makes with `own` grow in place: a list of n items is made in n steps and not in n².
 * What it gives back grows by copies from then on.
 */
export function growingInPlace<Result>(work: (own: <T>(list: readonly T[]) => readonly T[]) => Result): Result {
  const copies: (readonly unknown[])[] = []
  try {
    return work((list) => {
      const copy = [...list]
      owned.add(copy)
      copies.push(copy)
      return copy
    })
  } finally {
    for (const copy of copies) owned.delete(copy)
  }
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

/** The list with those of the ids that it does not have yet. */
export const withIds = (list: readonly string[], ids: readonly string[]): readonly string[] =>
  grown(
    list,
    [...new Set(ids)].filter((id) => !hasId(list, id)),
  )
