import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { DatabaseSync } from '@photostructure/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../src/stores/index.ts'
import { message } from './facts.ts'
import { sqlitePlace } from './sqlite.ts'

const marker = 'words-that-nobody-else-says'

/** How often the marker is in the files of a database, those next to it included. */
const traces = (path: string): number =>
  [path, `${path}-wal`, `${path}-shm`, `${path}-journal`]
    .filter((file) => existsSync(file))
    .reduce((count, file) => count + readFileSync(file).toString('latin1').split(marker).length - 1, 0)

const usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

/** Stores facts of all sizes with the marker, next to those of another conversation, so that pages are split and rebuilt. */
async function fill(store: Store, id: string, owner: string): Promise<void> {
  const chat = await store.open(id, { owner })
  const beside = await store.open('beside')
  const sizes = [10, 300, 3_000, 50, 9_000, 100, 70_000, 900, 20]
  for (let seq = 0; seq < 90; seq++) {
    const size = sizes[seq % sizes.length] ?? 0
    const facts = [message(seq, `${marker} ${'x'.repeat(size)} ${marker}`)]
    const title = `${marker} ${seq}`
    await chat.append({ appendId: 'a', expected: seq, facts, summary: { title, status: 'idle', model: 'm', usage } })
    await beside.append({ appendId: 'a', expected: seq, facts: [message(seq, 'y'.repeat(size))] })
    if (seq % 10 === 0) {
      await chat.saveCheckpoint({ revision: seq, version: 1, body: JSON.stringify(`${marker} ${'z'.repeat(size)}`) })
      await store.setTitle(id, `${marker} title ${seq}`)
    }
  }
  await chat.release()
  await beside.release()
}

describe('what is erased', () => {
  const erasing: readonly (readonly [string, (store: Store, id: string, owner: string) => Promise<unknown>])[] = [
    ['delete()', (store, id) => store.delete(id)],
    ['deleteOwner()', (store, _, owner) => store.deleteOwner(owner)],
    ['deleteOlderThan()', (store) => store.deleteOlderThan(0)],
  ]

  it.each(erasing)('by %s is in no file of the database afterwards', async (_, erase) => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    const [store, other] = [place.open(), place.open()]
    await fill(store, `${marker} id`, `${marker} owner`)
    await other.list()
    expect(traces(place.path)).toBeGreaterThan(100)
    await erase(store, `${marker} id`, `${marker} owner`)
    expect(traces(place.path)).toBe(0)
    expect(await store.check()).toEqual([])
  })

  it('is reported as not erased as long as another process reads an older state, and is erased by the next call', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    const store = place.open()
    await fill(store, 'c', 'owner')
    const reader = new DatabaseSync(place.path)
    reader.exec('begin')
    reader.prepare('select * from turnstate_conversations').all()
    await expect(store.delete('c')).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringMatching(/erased from the database, but not yet/),
    })
    expect(await store.get('c')).toBeNull()
    reader.exec('rollback')
    reader.close()
    expect(await store.delete('c')).toBe(false)
    expect(traces(place.path)).toBe(0)
  })
})

describe('an encrypted database', () => {
  it('holds none of the texts in any file', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    const store = place.open({ encryption: { keys: [{ id: 'k1', key: randomBytes(32) }] } })
    await fill(store, 'c', 'owner')
    expect(traces(place.path)).toBe(0)
    expect((await store.get('c'))?.title).toBe(`${marker} title 80`)
  })
})
