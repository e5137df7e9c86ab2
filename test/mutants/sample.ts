// A random sample that a seed gives again.

/** A number from 0 up to 1, another one with each call (mulberry32). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    const mixed = Math.imul(state ^ (state >>> 15), state | 1)
    const again = mixed ^ (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61))
    return ((again ^ (again >>> 14)) >>> 0) / 2 ** 32
  }
}

/** `size` of the items, or all when there are fewer, in a random order that depends on `seed` alone. */
export const sample = <Item>(items: readonly Item[], size: number, seed: number): readonly Item[] => {
  const random = randomFrom(seed)
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .slice(0, size)
    .map(({ item }) => item)
}
