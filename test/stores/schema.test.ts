import { readFileSync } from 'node:fs'
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../src/stores/index.ts'
import { factsOf, message } from './facts.ts'
import { postgresPlace } from './postgres.ts'
import { sqlitePlace } from './sqlite.ts'

const usage = { inputTokens: 1, outputTokens: 2, cacheReadTokens: 0, cacheWriteTokens: 0 }

/** What the recorded databases hold. */
const expected = [message(0, 'one'), message(1, 'two \0 \u{d800}')]

/** The databases of each released version, as SQL text. A new version adds a file; the old ones never change. */
const recorded = (name: string) => readFileSync(new URL(`recorded/${name}.sql`, import.meta.url), 'utf8')

describe('the tables of version 1', () => {
  it('are what this release creates in SQLite', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    await place.open().list()
    expect(definitions(new DatabaseSync(place.path))).toEqual(definitions(recordedSqlite(`${place.path}2`)))
  })

  it('are what this release creates in Postgres', async () => {
    const [fresh, old] = [await postgresPlace(), await postgresPlace()]
    onTestFinished(fresh.close)
    onTestFinished(old.close)
    await fresh.open().list()
    await old.query(recorded('postgres-v1'))
    const columns = `select table_name, column_name, data_type, is_nullable from information_schema.columns
      where table_schema = current_schema() order by table_name, ordinal_position`
    const indexes = `select replace(indexdef, current_schema() || '.', '') as index from pg_indexes
      where schemaname = current_schema() order by 1`
    for (const query of [columns, indexes]) expect(await fresh.query(query)).toEqual(await old.query(query))
  })

  it('are read and written in SQLite', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    recordedSqlite(place.path).close()
    await goesOn(place.open())
  })

  it('are read and written in Postgres', async () => {
    const place = await postgresPlace()
    onTestFinished(place.close)
    await place.query(recorded('postgres-v1'))
    await goesOn(place.open())
  })
})

describe('tables that are created', () => {
  it('by several stores at once in SQLite are created once', async () => {
    const place = sqlitePlace()
    onTestFinished(place.close)
    const stores = Array.from({ length: 5 }, () => place.open())
    await Promise.all(stores.map((store, index) => store.open(`c${index}`)))
    expect((await stores[0]?.list())?.conversations).toHaveLength(5)
  })

  it('by several stores at once in Postgres are created once', async () => {
    const place = await postgresPlace()
    onTestFinished(place.close)
    const stores = Array.from({ length: 8 }, () => place.open())
    await Promise.all(stores.map((store, index) => store.open(`c${index}`)))
    expect((await stores[0]?.list())?.conversations).toHaveLength(8)
  })
})

async function goesOn(store: Store): Promise<void> {
  expect(await factsOf(store, 'old')).toEqual(expected)
  expect(await store.get('old')).toMatchObject({
    id: 'old',
    owner: 'ada',
    title: 'A title',
    status: 'completed',
    model: 'some-model',
    usage,
    revision: 2,
    isOpen: false,
  })
  const chat = await store.open('old')
  expect(chat.token).toBeGreaterThan(7)
  expect(await chat.checkpoint()).toEqual({ revision: 2, version: 1, body: '"view"' })
  expect(await chat.append({ appendId: 'a', expected: 2, facts: [message(2, 'three')] })).toEqual({
    status: 'saved',
    revision: 3,
  })
}

function recordedSqlite(path: string): DatabaseSyncInstance {
  const database = new DatabaseSync(path)
  database.exec(recorded('sqlite-v1'))
  return database
}

function definitions(database: DatabaseSyncInstance): unknown {
  const rows = database.prepare('select type, name, sql from sqlite_schema order by name').all()
  const [id] = database.prepare('pragma application_id').all()
  database.close()
  return { rows, id }
}
