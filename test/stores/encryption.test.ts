import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../src/stores/index.ts'
import type { EncryptionOptions } from '../../src/stores/sqlite/index.ts'
import { sqliteStore } from '../../src/stores/sqlite/index.ts'
import type { SqlStore } from '../../src/stores/sql/sql-store.ts'
import { DatabaseSync } from '@photostructure/sqlite'
import { factsOf, message } from './facts.ts'
import { postgresPlace } from './postgres.ts'
import { sqlitePlace } from './sqlite.ts'

interface Place {
  readonly open: (options?: { readonly encryption?: EncryptionOptions }) => SqlStore
  /** Runs a statement behind the store's back. */
  readonly run: (statement: string) => Promise<void>
}

const places: readonly (readonly [string, () => Promise<Place>])[] = [
  [
    'SQLite',
    async () => {
      const place = sqlitePlace()
      onTestFinished(place.close)
      const run = async (statement: string) => {
        const database = new DatabaseSync(place.path)
        database.exec(statement)
        database.close()
      }
      return { open: (options) => place.open(options), run }
    },
  ],
  [
    'Postgres',
    async () => {
      const place = await postgresPlace()
      onTestFinished(place.close)
      return { open: place.open, run: async (statement) => void (await place.query(statement)) }
    },
  ],
]

const [first, second] = [randomBytes(32), randomBytes(32)]
const summary = {
  title: 'First words',
  status: 'completed',
  model: 'm',
  usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 },
}

async function fill(store: Store, id = 'c'): Promise<void> {
  const chat = await store.open(id, { owner: 'ada' })
  const facts = [message(0, 'one'), message(1, 'two')]
  expect(await chat.append({ appendId: 'a', expected: 0, facts, summary })).toMatchObject({ status: 'saved' })
  await chat.saveCheckpoint({ revision: 2, version: 1, body: '"view"' })
  await chat.release()
}

describe.each(places)('encryption in %s', (_, place) => {
  it('lists without the key, but with no title, and opens with the key only', async () => {
    const { open } = await place()
    const store = open({ encryption: { keys: [{ id: 'k1', key: first }] } })
    await fill(store)
    const blind = [open(), open({ encryption: { keys: [{ id: 'k2', key: first }] } })]
    // The right name, but another key.
    blind.push(open({ encryption: { keys: [{ id: 'k1', key: second }] } }))
    for (const other of blind) {
      const { conversations } = await other.list()
      expect(conversations).toMatchObject([
        { id: 'c', owner: 'ada', title: null, status: 'completed', model: 'm', usage: summary.usage, revision: 2 },
      ])
      const unknown = { code: 'key-unknown' }
      await expect(other.open('c')).rejects.toMatchObject(unknown)
      await expect(factsOf(other, 'c')).rejects.toMatchObject(unknown)
      await expect(other.setTitle('c', 'title')).rejects.toMatchObject(unknown)
      await expect(other.export('c')[Symbol.asyncIterator]().next()).rejects.toMatchObject(unknown)
      await expect(other.follow('c', 0)[Symbol.asyncIterator]().next()).rejects.toMatchObject(unknown)
      // What could not be read is not kept open.
      expect((await other.get('c'))?.isOpen).toBe(false)
    }
    expect(await factsOf(store, 'c')).toEqual([message(0, 'one'), message(1, 'two')])
    expect(await blind[0]?.delete('c')).toBe(true)
  })

  it('changes keys without writing facts again', async () => {
    const { open } = await place()
    const old = { id: 'old', key: first }
    const fresh = { id: 'new', key: second.toString('base64') }
    const ids = Array.from({ length: 5 }, (__, index) => `c${index}`)
    const before = open({ encryption: { keys: [old] } })
    for (const id of ids) await fill(before, id)
    const both = open({ encryption: { keys: [fresh, old] } })
    await fill(both, 'c5')
    expect(await both.rewrap()).toBe(5)
    expect(await both.rewrap()).toBe(0)
    const after = open({ encryption: { keys: [fresh] } })
    for (const id of [...ids, 'c5']) {
      expect(await factsOf(after, id)).toHaveLength(2)
      expect((await after.get(id))?.title).toBe('First words')
      await expect(before.open(id)).rejects.toMatchObject({ code: 'key-unknown' })
    }
    await expect(before.rewrap()).rejects.toMatchObject({ code: 'key-unknown' })
    await expect(open().rewrap()).rejects.toMatchObject({ code: 'not-available' })
  })

  it('notices what was changed, moved or taken from another conversation', async () => {
    const { open, run } = await place()
    const store = open({ encryption: { keys: [{ id: 'k1', key: first }] } })
    await fill(store)
    await fill(store, 'd')
    const damaged = { code: 'journal-damaged', details: { factIndex: 1 } }
    await run(
      `update turnstate_facts set sealed = (select sealed from turnstate_facts where seq = 0 limit 1) where seq = 1`,
    )
    await expect(factsOf(store, 'c')).rejects.toMatchObject(damaged)
    await run(
      `update turnstate_conversations set data_key = (select data_key from turnstate_conversations where id = 'c')`,
    )
    await expect(factsOf(store, 'd')).rejects.toMatchObject({ code: 'key-unknown' })
    expect(await factsOf(store, 'c').catch(({ code }: { code: string }) => code)).toBe('journal-damaged')
  })

  it('begins for a conversation that was stored in plain text when it is next opened', async () => {
    const { open } = await place()
    const plain = open()
    await fill(plain)
    const store = open({ encryption: { keys: [{ id: 'k1', key: first }] } })
    const chat = await store.open('c')
    await chat.append({ appendId: 'b', expected: 2, facts: [message(2, 'three')] })
    expect(await chat.checkpoint()).toEqual({ revision: 2, version: 1, body: '"view"' })
    await chat.release()
    expect((await store.get('c'))?.title).toBe('First words')
    expect(await factsOf(store, 'c')).toHaveLength(3)
    await expect(plain.open('c')).rejects.toMatchObject({ code: 'key-unknown' })
  })
})

describe('keys', () => {
  it.each([
    ['none', { keys: [] }],
    ['a text in their place', { keys: 'secret-secret' }],
    ['31 bytes', { keys: [{ id: 'k', key: new Uint8Array(31) }] }],
    ['base64 of 33 bytes', { keys: [{ id: 'k', key: Buffer.alloc(33).toString('base64') }] }],
    ['a password', { keys: [{ id: 'k', key: 'secret-secret' }] }],
    ['no id', { keys: [{ id: '', key: first }] }],
    [
      'an id twice',
      {
        keys: [
          { id: 'k', key: first },
          { id: 'k', key: second },
        ],
      },
    ],
  ])('are rejected with invalid-option: %s', (_, encryption) => {
    const make = () => sqliteStore('chat.db', { encryption: encryption as EncryptionOptions })
    expect(make).toThrow(expect.objectContaining({ code: 'invalid-option' }))
    expect(make).not.toThrow(/secret-secret/)
  })

  it('are not shown when a store is printed', async () => {
    const key = Buffer.alloc(32, 0xab)
    const store = sqliteStore('chat.db', { encryption: { keys: [{ id: 'k', key }] } })
    const shown = inspect(store, { depth: 20, showHidden: true }) + JSON.stringify(store)
    for (const form of ['hex', 'base64', 'latin1'] as const) expect(shown).not.toContain(key.toString(form))
    expect(shown).not.toMatch(/ab ab ab|171, 171/)
    await store.close()
  })
})
