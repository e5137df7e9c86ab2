// The options of `npm run test:mutants -- …`.
import { parseArgs } from 'node:util'

export type Options = {
  /** How many mutants run; 0 for all. */
  readonly sample: number
  readonly seed: number
  /** Which files are mutated: folders or files, from the root of the project. `src/journal/**` is the folder. */
  readonly files: readonly string[]
  /** Which test files run: folders or files, from the root of the project. */
  readonly tests: readonly string[]
  /** After how many minutes no further mutant is begun; the time for the dry run comes on top. */
  readonly minutes: number
  /** How many vitest processes run at a time. */
  readonly processes: number
  /** Whether each survivor is printed. */
  readonly survivors: boolean
  /** A file to which each result is added as a line of JSON: the mutant, its fate, the test that noticed it; '' for none. */
  readonly log: string
}

const allFiles = ['machines/', 'src/journal/']

/** Whether the files are those that `docs/mutants.md` is about. */
export const areAllFiles = ({ files }: Options): boolean => files.join() === allFiles.join()

const count = (name: string, text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`--${name} takes a whole number, not "${text}"`)
  return value
}

export const readOptions = (args: readonly string[]): Options => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sample: { type: 'string', default: '400' },
      seed: { type: 'string', default: '7' },
      files: { type: 'string', multiple: true, default: allFiles },
      tests: {
        type: 'string',
        multiple: true,
        default: [
          'journal',
          'charts',
          'rejections',
          'tools',
          'conversation',
          'reply',
          'refusals',
          'claude',
          'integration',
          'files',
        ].map((folder) => `test/${folder}`),
      },
      minutes: { type: 'string', default: '600' },
      processes: { type: 'string', default: '1' },
      survivors: { type: 'boolean', default: false },
      log: { type: 'string', default: '' },
    },
  })
  return {
    sample: count('sample', values.sample),
    seed: count('seed', values.seed),
    files: values.files.map((file) => file.replace(/\*+$/, '')),
    tests: values.tests,
    minutes: count('minutes', values.minutes),
    processes: Math.max(1, count('processes', values.processes)),
    survivors: values.survivors,
    log: values.log,
  }
}
