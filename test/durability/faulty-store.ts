// A store in memory whose appends the test lets through, delays, loses or refuses.
import { type Append, type AppendResult, memoryStore, type OpenConversation, type Store } from '../../src/index.ts'
import type { StoredFact } from '../../src/journal/index.ts'

/** What becomes of an append. `stores silently`: it is stored, and the answer is lost. `hangs`: neither. */
export type Fate = 'stores' | 'fails' | 'stores silently' | 'hangs' | 'throws' | 'rejects' | 'answers twice'

export interface FaultyStore {
  readonly store: Store
  /** Every append that came, in order. */
  readonly appends: Append[]
  /** The facts that are stored. */
  readonly facts: StoredFact[]
  /** Called with each append; says what becomes of it. It may wait for as long as it wants. */
  fate: (append: Append) => Fate | Promise<Fate>
  /** Another process takes the conversation over: what this one writes from now on is lost. */
  takeOver(): Promise<OpenConversation>
  /** As after a crash: the process is gone, its lease is free, and what it had not stored never comes. */
  crash(): Promise<void>
}

const broken = { code: 'journal-write-failed', message: 'disk full' } as const

/** Lets the event loop turn so many times. */
export async function turns(count: number): Promise<void> {
  for (let left = count; left > 0; left--) await new Promise((resolve) => setImmediate(resolve))
}

export function faultyStore(fate: FaultyStore['fate'] = () => 'stores'): FaultyStore {
  const inner = memoryStore()
  const appends: Append[] = []
  const facts: StoredFact[] = []
  let ids = new Map<string, OpenConversation>()
  let generation = 0
  const faulty: FaultyStore = {
    appends,
    facts,
    fate,
    async takeOver() {
      const [id, opened] = [...ids][0] ?? []
      if (id === undefined || !opened) throw new Error('nothing is open')
      await opened.release()
      return inner.open(id)
    },
    async crash() {
      generation++
      for (const opened of ids.values()) await opened.release()
      ids = new Map()
    },
    store: {
      ...bound(inner),
      async open(id, options) {
        const opened = await inner.open(id, options)
        ids.set(id, opened)
        const born = generation
        const write = async (append: Append): Promise<AppendResult> => {
          const result = await opened.append(append)
          if (result.status === 'saved')
            for (const fact of append.facts) if (fact.seq === facts.length) facts.push(fact)
          return result
        }
        return {
          ...bound(opened),
          append(append) {
            appends.push(append)
            const happen = async (what: Fate): Promise<AppendResult> => {
              if (born !== generation || what === 'hangs') return new Promise(() => {})
              if (what === 'fails') return { status: 'failed', failure: broken }
              if (what === 'rejects') throw new Error('connection reset')
              const result = await write(append)
              return what === 'stores silently' ? new Promise(() => {}) : result
            }
            const what = faulty.fate(append)
            if (what === 'throws') throw new Error('connection reset')
            return Promise.resolve(what).then(happen)
          },
        }
      },
    },
  }
  return faulty
}

/** The methods of an object of a class, with their `this`. */
function bound<T extends object>(object: T): T {
  const copy: Record<string, unknown> = {}
  for (let at: object = object; at !== Object.prototype; at = Object.getPrototypeOf(at) as object)
    for (const name of Object.getOwnPropertyNames(at)) {
      const value: unknown = Reflect.get(object, name)
      copy[name] ??= typeof value === 'function' ? value.bind(object) : value
    }
  return copy as T
}
