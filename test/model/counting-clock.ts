import { SimulatedClock } from 'xstate'
import type { Clock } from '../../src/index.ts'

/** A clock that is turned by hand, and knows which waits are pending. */
export function createCountingClock() {
  const simulated = new SimulatedClock()
  const pending = new Map<unknown, number>()
  const clock: Clock = {
    setTimeout: (run, ms) => {
      const id = simulated.setTimeout(() => {
        pending.delete(id)
        run()
      }, ms)
      pending.set(id, ms)
      return id
    },
    clearTimeout: (id) => {
      simulated.clearTimeout(id)
      pending.delete(id)
    },
  }
  return {
    clock,
    now: () => simulated.now(),
    increment: (ms: number) => simulated.increment(ms),
    /** How long each pending wait was to be. */
    get pending(): readonly number[] {
      return [...pending.values()]
    },
  }
}
