// How properties are run: so often, from this seed, and what breaks one is told with how to see it again.
import * as fc from 'fast-check'

/** `MODEL_RUNS=20` makes twenty times the runs; `FC_SEED` and `FC_PATH`, as a failure prints them, run that case again. */
const { MODEL_RUNS = '1', FC_SEED, FC_PATH } = process.env

export const times = Number(MODEL_RUNS)

export function assertProperty<T>(property: fc.IAsyncProperty<T>, runs: number): Promise<void> {
  return fc.assert(property, {
    numRuns: Math.ceil(runs * times),
    ...(FC_SEED === undefined ? {} : { seed: Number(FC_SEED) }),
    ...(FC_PATH === undefined ? {} : { path: FC_PATH }),
    interruptAfterTimeLimit: 60_000 * Math.max(1, times),
    markInterruptAsFailure: false,
    includeErrorInReport: true,
  })
}
