// A conversation on a server whose store can be told to fail.
import type { Store } from '../../src/index.ts'
import { Folding } from '../../src/journal/index.ts'
import { type Fate, faultyStore, type FaultyStore } from '../durability/faulty-store.ts'
import { staged } from './stage.ts'

/** What the conversation has to begin with. */
export const old = { title: 'Bees', model: 'm1', budget: { tokens: 1_000 } }

/** What becomes of a write, and of those after it until the store is mended. */
export type Failing = Exclude<Fate, 'stores' | 'answers twice'> | 'is lost'
export const failings: readonly Failing[] = ['fails', 'throws', 'rejects', 'hangs', 'stores silently', 'is lost']

/** A conversation whose store can be told to fail from the n-th write on, and then always. */
export async function failing() {
  const faulty: FaultyStore = faultyStore()
  let [writes, first, how]: [number, number, Failing] = [0, Infinity, 'fails']
  const isFailing = () => ++writes >= first
  faulty.fate = async () => {
    if (!isFailing()) return 'stores'
    if (how !== 'is lost') return how
    await (await faulty.takeOver()).release()
    return 'stores'
  }
  const store: Store = {
    ...faulty.store,
    async setTitle(id, title) {
      const isDone = !isFailing()
      if (isDone || how === 'stores silently') await faulty.store.setTitle(id, title)
      if (!isDone) throw new Error('connection reset')
    },
  }
  const { json, server, asked } = staged({ budget: old.budget, saveTimeout: 20, saveRetry: 5, closeTimeout: 20 }, store)
  await json('POST', '/v1/conversations', { id: 'c1', title: old.title })
  return {
    json,
    server,
    asked,
    failFrom: (nth: number, failure: Failing) => {
      ;[writes, first, how] = [0, nth, failure]
    },
    mend: () => void (first = Infinity),
    /** What the store has. */
    stored: async () => {
      const folding = new Folding()
      for await (const page of faulty.store.facts('c1')) folding.addAll(page)
      const { model, budget } = folding.view
      return { title: (await faulty.store.get('c1'))?.title, model, budget: budget ?? old.budget }
    },
  }
}
