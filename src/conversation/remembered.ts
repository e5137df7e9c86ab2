import { type Item, keepingItems, saysTheSame } from '../same-data.ts'

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
  return rememberedWith(compute, (last, result) => (saysTheSame(last, result) ? last : result))
}

/** The same for a list of items: also each item that says what it said before is the same object. */
export function rememberedItems<Arguments extends readonly unknown[], Each extends Item>(
  compute: (...given: Arguments) => readonly Each[],
): (...given: Arguments) => readonly Each[] {
  return rememberedWith(compute, keepingItems<Each>)
}

function rememberedWith<Arguments extends readonly unknown[], Result>(
  compute: (...given: Arguments) => Result,
  keep: (last: Result, result: Result) => Result,
): (...given: Arguments) => Result {
  let last: { result: Result } | null = null
  return remembered((...given: Arguments) => {
    const result = compute(...given)
    last = { result: last ? keep(last.result, result) : result }
    return last.result
  })
}
