// `npm run test:mutants`: changes the code in one place at a time, and asks whether a test notices.
// CONTRIBUTING.md says how to use it, docs/mutants.md holds the score.
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { control, fateOf } from './fates.ts'
import { instrument } from './instrument.ts'
import { areAllFiles, readOptions, type Options } from './options.ts'
import { page } from './page.ts'
import { createRunner, spread } from './pool.ts'
import { measure } from './reach.ts'
import { describe, interval, isDead, scoreTable, type Fate, type Result } from './report.ts'
import { sample } from './sample.ts'

const root = join(import.meta.dirname, '../../')

const progress: Readonly<Record<Fate, string>> = { killed: '.', 'timed out': 't', survived: 'S', unreached: 'U' }

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** TypeScript files under `folders`, as paths from the root of the project, in alphabetical order. */
const filesUnder = (...folders: readonly string[]): readonly string[] =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts'))
    .toSorted()

const run = async (options: Options, folder: string): Promise<void> => {
  const files = filesUnder('machines', 'src/journal').filter((file) =>
    options.files.some((prefix) => file.startsWith(prefix)),
  )
  const mutants = await instrument(root, files, folder)
  const chosen = sample(mutants, options.sample === 0 ? mutants.length : options.sample, options.seed)
  print(`${mutants.length} mutants in ${files.length} files, of which ${chosen.length} run`)

  const runners = Array.from({ length: options.processes }, () => createRunner(folder))
  try {
    const testFiles = filesUnder(...options.tests).filter((file) => file.endsWith('.test.ts'))
    const { tests, leftOut } = await measure(testFiles, runners, folder)
    print(
      `${tests.length} test files run. Left out, too slow or failing without a mutant: ${leftOut.join(', ') || 'none'}`,
    )

    const [first] = runners
    const objection = first && (await control(tests, first))
    if (objection) throw new Error(`The tests fail without a mutant when they run together: ${objection}`)

    const end = performance.now() + 60_000 * options.minutes
    const fates = await spread(chosen, runners, async (mutant, runner): Promise<Result | null> => {
      // The order is random: the mutants that have run by then are a sample as well.
      if (performance.now() > end) return null
      const start = performance.now()
      const result = await fateOf(mutant, tests, runner)
      if (options.log !== '')
        appendFileSync(options.log, `${JSON.stringify({ ...result, ms: Math.ceil(performance.now() - start) })}\n`)
      process.stdout.write(isDead(result) || !options.survivors ? progress[result.fate] : `\n${describe(result)}\n`)
      return result
    })
    const results = fates.filter((result) => result !== null)
    const table = scoreTable(results, mutants)
    print(`\n${table}`)
    if (areAllFiles(options))
      writeFileSync(
        join(root, 'docs/mutants.md'),
        page(table, { ...options, leftOut, interval: interval(results), run: results.length, of: mutants.length }),
      )
  } finally {
    for (const runner of runners) runner.close()
  }
}

const folder = mkdtempSync(join(tmpdir(), 'turnstate-mutants-'))
try {
  await run(readOptions(process.argv.slice(2)), folder)
} finally {
  rmSync(folder, { recursive: true })
}
