// docs/mutants.md.
import type { Options } from './options.ts'

/** What the page says of the run: `run` of `of` mutants, drawn with `seed`. */
type Drawn = Pick<Options, 'seed' | 'tests'> & {
  readonly run: number
  readonly of: number
  readonly interval: readonly [low: number, high: number]
  readonly leftOut: readonly string[]
}

/** The page about the score. */
export const page = (table: string, { seed, tests, leftOut, run, of, interval }: Drawn): string => `# Mutants

\`npm run test:mutants\` changes the code in one place at a time (it inverts a condition, removes a call, empties a list) and
runs the tests that reach that place. A changed program is a mutant. If a test fails, the mutant is **killed**. If all tests pass, it survives:
the tests do not check what that line does. The goal is 95 % on \`machines/\` and \`src/journal/\`.

${
  run === of
    ? 'Every mutant ran.'
    : `These scores are samples: ${run} of ${of} mutants, drawn at random with seed ${seed}. With 95 % certainty the score of all mutants lies between ${interval[0]} and ${interval[1]} %; the score of a file says little if few of its mutants ran.`
}

- The tests that run are those in ${tests.map((folder) => `\`${folder}\``).join(', ')}, the fastest first.
- Test files that take longer than 15 seconds, or fail because instrumented code is slower, are left out${leftOut.length === 0 ? '' : ` (${leftOut.map((file) => `\`${file}\``).join(', ')})`}.
  Mutants that only they would kill count as survivors.
- A mutant whose tests do not end in time, or that ends their process, counts as killed. A mutant that no test reaches counts as a survivor.
- Some mutants change nothing that can be seen, such as a cache that is never used. They count as survivors.
- Mutants that empty a string with a space in it are left out. Such strings are words for people, such as error messages; tests check the code
  of an error and not each word.

${table}
`
