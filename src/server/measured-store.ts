import type { Store } from '../index.ts'
import type { Metrics } from './metrics.ts'
import { replacing } from './replacing.ts'

/** A store whose openings and appends are timed. */
export function measured(store: Store, metrics: Metrics): Store {
  const timed = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    const since = performance.now()
    try {
      return await work()
    } finally {
      metrics.took('store_seconds', (performance.now() - since) / 1_000)
    }
  }
  return replacing(store, {
    async open(id, options) {
      const opened = await timed(() => store.open(id, options))
      return replacing(opened, { append: (append) => timed(() => opened.append(append)) })
    },
  })
}
