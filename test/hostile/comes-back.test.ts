// The same conversations in every run, a hundred of them in CI. `TURNSTATE_TEST_RUNS=20` plays a thousand others.
// `FC_SEED` and `FC_PATH`, as a failure prints them, play one again.
// With `HOSTILE_ALL=1` the run does not end at the first conversation with a problem: it prints figures of all conversations,
// with the shortest example of each problem. Without it, the figures include conversations that were tried while shrinking.
import * as fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { hostileProblems, type HostileProgram, hostilePrograms, playHostileProgram } from '../../src/testing/index.ts'
import { factor, runs } from '../runs.ts'
import { createFigures } from './figures.ts'
import { setUp } from './set-up.ts'

const { HOSTILE_ALL, FC_SEED = factor > 3 ? undefined : '1', FC_PATH } = process.env
const conversations = runs(50)
const figures = createFigures()

afterAll(() => {
  process.stdout.write(`${figures.text()}\n`)
})

it(
  'every conversation recovers from a hidden rule',
  async () => {
    const play = fc.asyncProperty(hostilePrograms<fc.Arbitrary<HostileProgram>>(fc), async (program) => {
      const report = await playHostileProgram(program, setUp)
      const problems = hostileProblems(report)
      figures.add(report, problems)
      if (problems.length > 0 && HOSTILE_ALL === undefined) throw new Error(problems.join('\n'))
    })
    await fc.assert(play, {
      numRuns: conversations,
      ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
      ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
      includeErrorInReport: true,
    })
    expect(figures.broken).toBe(0)
  },
  60_000 + 200 * conversations,
)
