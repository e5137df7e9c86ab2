import type { AppendResult, OpenConversation, Store } from '../../../src/index.ts'
import { postgresStore } from '../../../src/stores/postgres/index.ts'
import { openSqlite } from '../../../src/stores/sqlite/sqlite-store.ts'

/**
 * What goes wrong beside the kills. `failing`: one write in five, before or after it was stored. `full`: all writes for a third of the
 * time, as when a disk is full until somebody makes room. `clock`: the clock of the machine is stepped by up to an hour, either way.
 */
export const troubles = ['none', 'failing', 'full', 'clock'] as const
export type Trouble = (typeof troubles)[number]

const isTrouble = (name: string): name is Trouble => troubles.some((each) => each === name)

/** The store at an address (`sqlite:PATH`, or `postgres://…`), with this trouble. */
export function openStore(where: string, name: string): Store {
  if (!isTrouble(name)) throw new TypeError(`There is no trouble "${name}".`)
  const store = where.startsWith('sqlite:') ? sqliteWith(name, where.slice('sqlite:'.length)) : postgresStore(where)
  return name === 'failing' || name === 'full' ? unreliable(store, name) : store
}

function sqliteWith(name: Trouble, path: string): Store {
  // A step every 100 ms.
  const step = () => (Math.sin(Math.floor(Date.now() / 100)) * 3_600_000) | 0
  return openSqlite(path, {}, name === 'clock' ? { now: () => Date.now() + step() } : {})
}

const noSpace: AppendResult = {
  status: 'failed',
  failure: { code: 'journal-write-failed', message: 'ENOSPC: no space left on device' },
}

function unreliable(store: Store, name: 'failing' | 'full'): Store {
  const isFull = () => name === 'full' && Date.now() % 900 < 300
  const open = async (...given: Parameters<Store['open']>): Promise<OpenConversation> => {
    const opened = await store.open(...given)
    const append: OpenConversation['append'] = async (facts) => {
      if (isFull() || (name === 'failing' && Math.random() < 0.1)) return noSpace
      const result = await opened.append(facts)
      return name === 'failing' && Math.random() < 0.1 && result.status === 'saved' ? noSpace : result
    }
    return new Proxy(opened, { get: (target, key) => (key === 'append' ? append : methodOf(target, key)) })
  }
  return new Proxy(store, { get: (target, key) => (key === 'open' ? open : methodOf(target, key)) })
}

/** A member of an object of a class, with its `this`. */
function methodOf(target: object, key: PropertyKey): unknown {
  const value: unknown = Reflect.get(target, key, target)
  return typeof value === 'function' ? (value.bind(target) as unknown) : value
}
