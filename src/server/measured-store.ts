import type { Store } from '../index.ts'
import type { Metrics } from './metrics.ts'

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
  return wrapped(store, {
    async open(id, options) {
      const opened = await timed(() => store.open(id, options))
      return wrapped(opened, { append: (append) => timed(() => opened.append(append)) })
    },
  })
}

/** An object with some methods replaced. The others are called on the object itself, which may have private fields. */
function wrapped<Wrapped extends object>(inner: Wrapped, replaced: Partial<Wrapped>): Wrapped {
  return new Proxy(inner, {
    get(target, name) {
      if (Object.hasOwn(replaced, name)) return Reflect.get(replaced, name)
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}
