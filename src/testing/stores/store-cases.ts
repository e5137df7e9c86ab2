import { appendCases } from './append-cases.ts'
import { leaseCases } from './lease-cases.ts'
import { listCases } from './list-cases.ts'
import { movingCases } from './moving-cases.ts'
import { type TestedStore, triedStore } from './tested-store.ts'

/** One thing that a store must do. */
export interface StoreCase {
  readonly name: string
  /** Rejects if the store does not do it. Takes at most a few seconds. */
  readonly run: () => Promise<void>
}

/**
 * What a store must do to be one: the rules K1 to K8 of the contract, and every method. It belongs to no test runner: call `run` of each
 * case in a test of yours.
 *
 * ```ts
 * for (const { name, run } of storeCases(openMyStore)) test(name, run)
 * ```
 *
 * @param open Opens the store on an empty place of its own, once for each case.
 */
export const storeCases = (open: () => Promise<TestedStore>): readonly StoreCase[] =>
  [...leaseCases, ...appendCases, ...listCases, ...movingCases].map(([name, run]) => ({
    name,
    run: async () => {
      const tested = await open()
      try {
        await run(triedStore(tested))
      } finally {
        await tested.close()
      }
    },
  }))
