// Keeps the identity of plain data that says the same: whoever compares by identity, as React does, sees a change only where there
// is one.
import { isObject } from './objects.ts'

/** Levels that are compared. Deeper values are equal only if they are the same object, as shared blocks are. */
const deepest = 8

/** Whether two pieces of plain data are equal. Lists are compared from their ends, where what grows differs. */
export function saysTheSame(one: unknown, other: unknown, levels = deepest): boolean {
  if (Object.is(one, other)) return true
  if (levels === 0 || !isObject(one) || !isObject(other)) return false
  if (isList(one) || isList(other))
    return (
      isList(one) &&
      isList(other) &&
      one.length === other.length &&
      one.findLastIndex((value, index) => !saysTheSame(value, other[index], levels - 1)) === -1
    )
  const keys = Object.keys(one)
  return (
    keys.length === Object.keys(other).length &&
    keys.every((key) => Object.hasOwn(other, key) && saysTheSame(one[key], other[key], levels - 1))
  )
}

/** What lists of messages and the like hold. */
export interface Item {
  readonly id: string
  readonly parts: readonly unknown[]
}

/** The item in whose place each of these says the same, so that two long-lived items are compared once. */
const known = new WeakMap<Item, Item>()

/**
 * A list of items in which each one that says what the item of its place and id said before is that same object; the list from
 * before if all are. Where an item has changed, its parts are kept in the same way.
 */
export function keepingItems<Each extends Item>(before: readonly Each[], now: readonly Each[]): readonly Each[] {
  return keeping(before, now, (old, item) => {
    if (old.id !== item.id) return item
    if (known.get(item) === old) return old
    if (saysTheSame(old, item)) {
      known.set(item, old)
      return old
    }
    const parts = keeping(old.parts, item.parts, (part, other) => (saysTheSame(part, other) ? part : other))
    return parts === item.parts ? item : { ...item, parts }
  })
}

/** `now`, or a copy of it with some values from before, or the list from before if all values are from there. */
function keeping<Value>(
  before: readonly Value[],
  now: readonly Value[],
  keep: (old: Value, value: Value) => Value,
): readonly Value[] {
  let kept: Value[] | null = null
  let isAsBefore = before.length === now.length
  // Runs for every message in every frame.
  for (let index = 0; index < Math.min(before.length, now.length); index++) {
    const old = before[index]
    const value = now[index]
    if (old === value) continue
    const same = old === undefined || value === undefined ? undefined : keep(old, value)
    if (same !== undefined && same !== value) (kept ??= [...now])[index] = same
    isAsBefore &&= same === old
  }
  return isAsBefore ? before : (kept ?? now)
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
