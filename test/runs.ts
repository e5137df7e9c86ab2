// How much of what is random, or too much to try whole each time, a run of the tests tries.

const { TURNSTATE_TEST_RUNS = '1' } = process.env

/** The factor in `.ci/run`: as much as it has time for. */
const inCi = 1.25

/**
 * The environment variable `TURNSTATE_TEST_RUNS`: 1 where it is not set, 1.25 in `.ci/run`, and as much as you like before a
 * release. Properties make so many times their usual runs, and from 1.25 on tests of every byte, act or script leave none out.
 */
export const factor = Number(TURNSTATE_TEST_RUNS)
if (!(factor > 0)) throw new RangeError(`TURNSTATE_TEST_RUNS must be a positive number; got "${TURNSTATE_TEST_RUNS}".`)

/** How many runs a property makes whose usual number is this. */
export const runs = (usual: number): number => Math.max(1, Math.round(usual * factor))

/** Whether tests of every byte, act or script leave none out. */
export const isThorough = factor >= inCi

/** All of the items where tests are thorough; else one of so many, the same ones in every run. */
export const someOf = <T>(items: readonly T[], { oneOf = 3, offset = 0 } = {}): readonly T[] =>
  isThorough ? items : items.filter((_, index) => (index + offset) % oneOf === 0)

/**
 * At most so many of the items in `.ci/run`, fewer or more of them in proportion to the factor, evenly spread: others in each run. For
 * items whose failure can be repeated from what the error says.
 */
export function sampleOf<T>(items: readonly T[], mostInCi: number): readonly T[] {
  const step = Math.max(1, items.length / Math.max(1, runs(mostInCi / inCi)))
  const from = Math.random() * step
  return Array.from(
    { length: Math.floor(items.length / step) },
    (_, nth) => items[Math.floor(from + nth * step)],
  ).filter((item) => item !== undefined)
}
