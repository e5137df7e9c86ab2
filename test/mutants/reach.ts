// The dry run: which test files reach which mutant, how often, and how long each of them takes.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hits } from './mutant.ts'
import { spread, type Runner } from './pool.ts'

export type TestFile = { readonly file: string; readonly duration: number; readonly hits: Hits }

/** A test file that takes longer, in milliseconds, is left out: each survivor would cost that much. */
const patience = 15_000

/** Test files that pass against the code as it is, the fastest first, and the names of those that are left out. */
export type Measured = { readonly tests: readonly TestFile[]; readonly leftOut: readonly string[] }

/**
 * Runs each test file alone against the code as it is, for 15 seconds at most. A file that fails then, because it holds how
 * fast the code is and instrumented code is slower, would kill every mutant: it is left out, like one that takes longer.
 */
export const measure = async (
  tests: readonly string[],
  runners: readonly Runner[],
  folder: string,
): Promise<Measured> => {
  const results = await spread(tests, runners, async (file, runner): Promise<TestFile | string> => {
    const coverageFile = join(folder, `${file.replaceAll('/', '-')}.json`)
    const verdict = await runner.run({ active: null, hitLimit: Infinity, coverageFile, tests: [file] }, patience)
    if (verdict?.killer !== null) return file
    const hits = JSON.parse(readFileSync(coverageFile, 'utf8')) as Hits
    return { file, duration: verdict.duration, hits }
  })
  return {
    tests: results.filter((result) => typeof result !== 'string').toSorted((a, b) => a.duration - b.duration),
    leftOut: results.filter((result) => typeof result === 'string'),
  }
}
