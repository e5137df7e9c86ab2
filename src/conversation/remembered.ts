import { isObject } from '../objects.ts'
/** Caches the last result, for the same arguments. */
export function remembered<Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  let last: { given: Arguments; result: Result } | null = null
  return (...given) => {
    if (!last || given.some((value, index) => value !== last?.given[index])) last = { given, result: compute(...given) }
    return last.result
  }
}

/**
 * The same, and a result that says what the last one said is the last one: whoever compares by identity, as React does,
 * sees a change only where there is one.
 */
export function rememberedData<Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
): (...given: Arguments) => Result {
  let last: { result: Result } | null = null
  return remembered((...given: Arguments) => {
    const result = compute(...given)
    if (!last || !saysTheSame(last.result, result)) last = { result }
    return last.result
  })
}

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

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)
