import * as fc from 'fast-check'
import { it } from 'vitest'
import { steps } from './operations.ts'
import { givenOptions } from './options.ts'
import { playProgram, type Program } from './play.ts'
import { factor } from '../runs.ts'
import { assertProperty } from './properties.ts'

const program: fc.Arbitrary<Program> = fc.record({ options: givenOptions, steps: steps(40) })

it(
  'any program of operations and faults keeps every invariant',
  async () => {
    await assertProperty(
      fc.asyncProperty(program, async (given) => void (await playProgram(given))),
      100,
    )
  },
  120_000 * Math.max(1, factor),
)
