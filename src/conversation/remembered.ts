import { type Item, keepingItems, saysTheSame } from '../same-data.ts'

/** Caches the last result, for the same arguments. */
export const remembered = <Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
): ((...given: Arguments) => Result) => rememberedWith(compute, (_, result) => result)

/**
 * The same, and a result that says what the last one said is the last one: whoever compares by identity, as React does,
 * sees a change only where there is one.
 */
export const rememberedData = <Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
): ((...given: Arguments) => Result) => rememberedWith(compute, keepingData)

/** The same for a list of items: also each item that says what it said before is the same object. */
export const rememberedItems = <Arguments extends readonly unknown[], Each extends Item>(
  compute: (...given: Arguments) => readonly Each[],
): ((...given: Arguments) => readonly Each[]) => rememberedWith(compute, keepingItems<Each>)

const keepingData = <Result>(last: Result, result: Result): Result => (saysTheSame(last, result) ? last : result)

function rememberedWith<Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
  keep: (last: Result, result: Result) => Result,
): (...given: Arguments) => Result {
  let last: { given: Arguments; result: Result } | null = null
  return (...given) => {
    if (last && given.every((value, index) => value === last?.given[index])) return last.result
    const result = compute(...given)
    last = { given, result: last ? keep(last.result, result) : result }
    return last.result
  }
}
