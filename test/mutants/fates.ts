// What becomes of a mutant: the test files that reach it run, the fastest first, until a test fails.
import type { Mutant } from './mutant.ts'
import type { Runner } from './pool.ts'
import type { TestFile } from './reach.ts'
import type { Result } from './report.ts'

/** What is reached so many times as often as without the mutant is an endless loop. */
const hitFactor = 100

/** How long the tests may take with a mutant, in milliseconds: their time without it several times over. */
const limitOf = (tests: readonly TestFile[]): number =>
  30_000 + 4 * tests.reduce((sum, { duration }) => sum + duration, 0)

/** Runs the tests that reach `mutant`. `tests` are sorted by duration. */
export const fateOf = async (mutant: Mutant, tests: readonly TestFile[], runner: Runner): Promise<Result> => {
  const reaching = tests.filter(({ hits }) => mutant.id in hits)
  if (reaching.length === 0) return { mutant, fate: 'unreached' }
  const hitLimit = hitFactor * Math.max(...reaching.map(({ hits }) => hits[mutant.id] ?? 0))
  const task = { active: mutant.id, hitLimit, coverageFile: null, tests: reaching.map(({ file }) => file) }
  const verdict = await runner.run(task, limitOf(reaching))
  if (verdict === null) return { mutant, fate: 'timed out' }
  const { killer } = verdict
  return killer === null ? { mutant, fate: 'survived' } : { mutant, fate: 'killed', killer }
}

/** Runs all `tests` with a mutant that is nowhere in the code. What they do not pass would count as killed. */
export const control = async (tests: readonly TestFile[], runner: Runner): Promise<string | null> => {
  const task = { active: 'none', hitLimit: Infinity, coverageFile: null, tests: tests.map(({ file }) => file) }
  const verdict = await runner.run(task, limitOf(tests))
  return verdict === null ? 'they did not end in time' : verdict.killer
}
