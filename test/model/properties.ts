// How properties are run: so often, from this seed, and what breaks one is told with how to see it again.
import * as fc from 'fast-check'
import { factor, runs } from '../runs.ts'

/** `FC_SEED` and `FC_PATH`, as a failure prints them, run that case again. */
const { FC_SEED, FC_PATH } = process.env

export function assertProperty<T>(property: fc.IAsyncProperty<T>, usualRuns: number): Promise<void> {
  return fc.assert(property, {
    numRuns: runs(usualRuns),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
    interruptAfterTimeLimit: 60_000 * Math.max(1, factor),
    markInterruptAsFailure: false,
    includeErrorInReport: true,
  })
}
