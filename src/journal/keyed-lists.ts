// Lists whose items are added and removed by key: the queue, the waiting calls, the parts that are left out. While a fold owns such a
// list, it is kept as a map, so that removing an item costs the same for any length. The array is filled when the fold hands it
// out; until then only these functions read it.
import { currentOwner, type Owner } from './append-only-lists.ts'

/** All lists of one kind of items. Several items of a list may have one key. */
export class KeyedLists<T> {
  readonly #keyOf: (item: T) => string
  readonly #bags = new WeakMap<readonly T[], Bag<T>>()

  constructor(keyOf: (item: T) => string) {
    this.#keyOf = keyOf
  }

  /** The same items in a list that the running fold owns; the list itself if no fold is running. */
  owned(list: readonly T[]): readonly T[] {
    const owner = currentOwner()
    return owner ? this.#bagged(list, owner) : list
  }

  /** The list with these items appended. */
  added(list: readonly T[], items: readonly T[]): readonly T[] {
    if (items.length === 0) return list
    const bag = this.#bags.get(list)
    if (!bag) return [...list, ...items]
    for (const item of items) bag.add(this.#keyOf(item), item)
    return list
  }

  /** The list without the items with these keys. */
  without(list: readonly T[], keys: readonly string[]): readonly T[] {
    const bag = this.#bags.get(list)
    if (bag) {
      for (const key of keys) bag.remove(key)
      return list
    }
    const gone = new Set(keys)
    return list.filter((item) => !gone.has(this.#keyOf(item)))
  }

  /** An empty list. An empty list is returned as it is, so that an unchanged field of a view keeps its identity. */
  emptied(list: readonly T[]): readonly T[] {
    const bag = this.#bags.get(list)
    if (!bag) return list.length > 0 ? [] : list
    bag.clear()
    return list
  }

  isEmpty(list: readonly T[]): boolean {
    return (this.#bags.get(list)?.size ?? list.length) === 0
  }

  /** The number of items with this key. */
  count(list: readonly T[], key: string): number {
    return this.#bags.get(list)?.count(key) ?? list.filter((item) => this.#keyOf(item) === key).length
  }

  has(list: readonly T[], key: string): boolean {
    return this.last(list, key) !== undefined
  }

  /** The last item with this key. */
  last(list: readonly T[], key: string): T | undefined {
    const bag = this.#bags.get(list)
    return bag ? bag.last(key) : list.findLast((item) => this.#keyOf(item) === key)
  }

  /** The items as a list that no longer changes. */
  items(list: readonly T[]): readonly T[] {
    return this.#bags.get(list)?.items() ?? list
  }

  #bagged(items: readonly T[], owner: Owner): readonly T[] {
    const list: T[] = []
    const bag = new Bag<T>()
    for (const item of items) bag.add(this.#keyOf(item), item)
    this.#bags.set(list, bag)
    owner.beforeGivingOut(() => {
      for (const item of bag.items()) list.push(item)
      this.#bags.delete(list)
    })
    return list
  }
}

/** Lists of ids, each its own key. */
export const idLists = new KeyedLists<string>((id) => id)

/** Items in the order in which they were added, and by key. */
class Bag<T> {
  readonly #items = new Map<number, T>()
  readonly #places = new Map<string, number[]>()
  #came = 0

  get size(): number {
    return this.#items.size
  }

  add(key: string, item: T): void {
    const place = this.#came++
    this.#items.set(place, item)
    const places = this.#places.get(key)
    if (places) places.push(place)
    else this.#places.set(key, [place])
  }

  remove(key: string): void {
    for (const place of this.#places.get(key) ?? []) this.#items.delete(place)
    this.#places.delete(key)
  }

  clear(): void {
    this.#items.clear()
    this.#places.clear()
  }

  count(key: string): number {
    return this.#places.get(key)?.length ?? 0
  }

  last(key: string): T | undefined {
    return this.#items.get(this.#places.get(key)?.at(-1) ?? -1)
  }

  items(): readonly T[] {
    return [...this.#items.values()]
  }
}
