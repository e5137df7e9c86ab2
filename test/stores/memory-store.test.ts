import { describe, expect, it } from 'vitest'
import { memoryStore, type MemoryConversation } from '../../src/stores/index.ts'
import { storeCases, type TestedStore } from '../../src/testing/index.ts'
import { journalVersion, type StoredFact } from '../../src/journal/index.ts'

const queued = (seq: number): StoredFact => ({
  type: 'input.queued',
  turnId: `t${seq}`,
  input: `message ${seq}`,
  at: seq,
  seq,
  v: journalVersion,
})

const facts = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => queued(from + index))

const append = (chat: MemoryConversation, from: number, to: number) =>
  chat.append({ appendId: `a${from}`, expected: from, facts: facts(from, to) })

describe('memoryStore()', () => {
  it('opens, appends, renews and releases at once', () => {
    const chat = memoryStore().openNow('c')
    expect(append(chat, 0, 3)).toEqual({ status: 'saved', revision: 3 })
    expect(chat.renew()).toEqual({ status: 'held' })
    expect(chat.release()).toBeUndefined()
    expect(append(chat, 3, 4)).toMatchObject({ status: 'lost', failure: { code: 'conversation-lost' } })
  })

  it('shares facts with its callers', async () => {
    const store = memoryStore()
    const chat = store.openNow('c')
    const fact = queued(0)
    chat.append({ appendId: 'a', expected: 0, facts: [fact] })
    for await (const [stored] of chat.facts()) expect(stored).toBe(fact)
  })

  it('lets a lease expire by its own clock', () => {
    let now = 1_000
    const store = memoryStore({ clock: { now: () => now } })
    const first = store.openNow('c', { lease: 100 })
    now += 99
    expect(() => store.openNow('c')).toThrow(
      expect.objectContaining({ code: 'conversation-busy', details: { heldFor: 99 } }),
    )
    first.renew()
    now += 99
    expect(() => store.openNow('c')).toThrow(expect.objectContaining({ code: 'conversation-busy' }))
    now += 1
    expect(append(first, 0, 1).status).toBe('saved')
    now += 100
    const second = store.openNow('c')
    expect(second.revision).toBe(1)
    expect(append(first, 1, 2).status).toBe('lost')
    expect(append(second, 1, 2).status).toBe('saved')
  })
})

describe('memoryStore() in the cases for every store', () => {
  for (const { name, run } of storeCases(inMemory)) it(name, run)
})

async function inMemory(): Promise<TestedStore> {
  let now = Date.now()
  const store = memoryStore({ clock: { now: () => now } })
  return {
    store,
    pass: (milliseconds) => {
      now += milliseconds
    },
    close: () => store.close(),
  }
}
