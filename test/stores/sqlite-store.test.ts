import { randomBytes } from 'node:crypto'
import { DatabaseSync } from '@photostructure/sqlite'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { storeCases } from '../../src/testing/index.ts'
import { runs, someOf } from '../runs.ts'
import { openSqlite } from '../../src/stores/sqlite/sqlite-store.ts'
import { message } from './facts.ts'
import { playProgram, storeProgram } from './programs.ts'
import { sqlitePlace, testedSqlite, worker } from './sqlite.ts'

describe('sqliteStore() in the cases for every store', () => {
  for (const { name, run } of storeCases(testedSqlite)) it(name, run)
})

describe('sqliteStore() with encryption in the cases for every store', () => {
  const encryption = { keys: [{ id: 'k1', key: randomBytes(32) }] }
  for (const { name, run } of someOf(storeCases(() => testedSqlite({ encryption })))) it(name, run)
})

describe("sqliteStore() in the app's thread, in the cases for every store", () => {
  for (const { name, run } of someOf(
    storeCases(() => testedSqlite({ thread: 'app' })),
    { offset: 1 },
  ))
    it(name, run)
})

describe('a random program of writers on one conversation', () => {
  it('ends in SQLite as in the model, with a store for each writer', async () => {
    const place = sqlitePlace()
    const stores = [place.open(), place.open(), place.open({ thread: 'app' })]
    try {
      await fc.assert(
        fc.asyncProperty(storeProgram, async (program) => {
          await stores[0]?.delete('c')
          await playProgram(stores, program, place.pass)
        }),
        { numRuns: runs(40) },
      )
    } finally {
      await place.close()
    }
  })
})

describe("sqliteStore() in the app's thread", () => {
  it('stores what is appended at once, and lets the app have its turn before the next transaction', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    const store = place.open({ thread: 'app', encryption: { keys: [{ id: 'k1', key: randomBytes(32) }] } })
    const chats = await Promise.all(Array.from({ length: 20 }, (_, index) => store.open(`c${index}`)))
    let turns = 0
    const count = () => {
      turns++
      if (turns < 1_000) setImmediate(count)
    }
    setImmediate(count)
    for (let nth = 0; nth < 10; nth++) {
      const append = { appendId: String(nth), expected: nth, facts: [message(nth, 'text')] }
      const answers = await Promise.all(chats.map(async (chat) => chat.append(append)))
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['saved']))
    }
    expect(turns).toBeGreaterThanOrEqual(9)
  })

  it.each([
    ['thread', 'mine'],
    ['durability', 'some'],
  ])('rejects another value of %s', (name, value) => {
    expect(() => openSqlite('chat.db', { [name]: value })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(name) }),
    )
  })
})

describe('sqliteStore()', () => {
  it('stores what many conversations append at once in a few transactions', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    const store = place.open()
    const chats = await Promise.all(Array.from({ length: 200 }, (_, index) => store.open(`c${index}`)))
    const other = new DatabaseSync(place.path)
    other.exec('pragma wal_checkpoint(truncate)')
    const answers = await Promise.all(
      chats.map(async (chat) => chat.append({ appendId: 'a', expected: 0, facts: [message(0, 'text')] })),
    )
    expect(answers).toEqual(chats.map(() => ({ status: 'saved', revision: 1 })))
    // A transaction writes each page that it has changed once: alone, each append would write at least three.
    const [row] = other.prepare('pragma wal_checkpoint(passive)').all()
    expect(Object(row).log).toBeLessThan(300)
    other.close()
  })

  it('takes a lease from before the machine was started again for expired', async () => {
    const { path, close } = sqlitePlace()
    onTestFinished(close)
    const at = (ticks: number) => {
      const store = openSqlite(path, {}, { worker: worker(), ticks: () => ticks })
      onTestFinished(() => store.close())
      return store
    }
    const old = await at(9_000_000).open('c')
    await expect(at(9_014_999).open('c')).rejects.toMatchObject({
      code: 'conversation-busy',
      details: { heldFor: 14_999 },
    })
    const owner = await at(20_000).open('c')
    expect(owner.token).toBeGreaterThan(old.token)
    expect(await old.renew()).toMatchObject({ status: 'lost' })
  })

  it('says what to do when the module of its thread is missing, as it is in a bundle', async () => {
    const { path, close } = sqlitePlace()
    onTestFinished(close)
    const store = openSqlite(path, {}, { worker: new URL('none.mjs', worker()) })
    await expect(store.list()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/leave turnstate out of the bundle/),
    })
    await store.close()
  })
})
