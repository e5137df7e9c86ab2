// A failure is of use when it is small, and when it can be seen again.
import * as fc from 'fast-check'
import { beforeAll, expect, it } from 'vitest'
import { steps } from './operations.ts'
import { givenOptions } from './options.ts'
import { playProgram, type Program } from './play.ts'
import { viewOf } from './talk.ts'

const program: fc.Arbitrary<Program> = fc.record({ options: givenOptions, steps: steps(30) })

/** Holds of no conversation that was ever refused. */
const neverRefused = fc.asyncProperty(program, async (given) => {
  const { talks } = await playProgram(given)
  for (const talk of talks) expect(viewOf(talk).quarantine).toEqual([])
})

const failing = { seed: 20_261_122, numRuns: 500 }

let report: fc.RunDetails<[Program]>

beforeAll(async () => {
  report = await fc.check(neverRefused, failing)
}, 120_000)

it('a failing property shrinks to the smallest program that breaks it', () => {
  const [smallest] = report.counterexample ?? []
  expect(smallest?.options).toEqual({})
  expect(smallest?.steps).toEqual([
    { do: 'send', message: { shape: 'text' } },
    // A reply that was begun is finished at the end of the program.
    expect.objectContaining({
      do: expect.stringMatching('reply|begin'),
      how: { says: [], ends: { refuse: expect.anything() } },
    }),
  ])
})

it('a failure is printed with the seed and the path that reproduce it', async () => {
  expect(fc.defaultReportMessage(report)).toContain(`seed: ${report.seed}, path: "${report.counterexamplePath}"`)
  const again = await fc.check(neverRefused, { seed: report.seed, path: report.counterexamplePath ?? '', numRuns: 500 })
  expect(again.counterexample).toEqual(report.counterexample)
  expect(again.numRuns).toBe(1)
})
