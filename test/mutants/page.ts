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

\`npm run test:mutants\` changes the code in one place at a time (a condition turned round, a call left out, a list emptied) and
runs the tests that reach that place. A changed program is a mutant. A test that fails **kills** it; if all tests pass, it has survived,
and the tests do not hold what that line does. The goal is 95 % on \`machines/\` and \`src/journal/\`.

${
  run === of
    ? 'Every mutant ran.'
    : `These scores are samples: ${run} of ${of} mutants, drawn at random with seed ${seed}. With 95 % certainty the score of all mutants lies between ${interval[0]} and ${interval[1]} %; a file of which few mutants ran says little.`
}

- The tests are those in ${tests.map((folder) => `\`${folder}\``).join(', ')}, the fastest first.
- Test files that take longer than 15 seconds, or fail because instrumented code is slower, are left out${leftOut.length === 0 ? '' : ` (${leftOut.map((file) => `\`${file}\``).join(', ')})`}.
  What they alone would notice counts as survived.
- A mutant whose tests do not end in time, or that ends their process, counts as killed. One that no test reaches has survived.
- Some mutants change nothing that can be seen, such as a cache that is never used. They count as survivors.
- Left out: mutants that empty a string with a space in it. Those are words for people, such as error messages, and tests hold what an error is
  (its code), and not each word.

${table}
`
