// Postgres stores for tests, in a schema of their own.
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import {
  postgresStore,
  type PostgresStore,
  type PostgresStoreOptions,
} from '../../src/stores/postgres/postgres-store.ts'
import type { TestedStore } from '../../src/testing/index.ts'
import { postgresUrl } from '../scripts/postgres.ts'

/** A schema that is removed by `close`, with stores in it. */
export interface PostgresPlace {
  readonly url: string
  readonly open: (options?: PostgresStoreOptions) => PostgresStore
  /** Runs a statement as the owner of the schema. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>
  /** Makes everything older: the time is the server's own. */
  readonly pass: (milliseconds: number) => Promise<void>
  readonly close: () => Promise<void>
}

export async function postgresPlace(): Promise<PostgresPlace> {
  const base = await postgresUrl(inject('postgresPort'))
  const schema = `t_${randomUUID().replaceAll('-', '')}`
  const url = new URL(base)
  url.searchParams.set('options', `-c search_path=${schema}`)
  const client = new Client({ connectionString: url.href })
  await client.connect()
  await client.query(`create schema ${schema}`)
  const stores: PostgresStore[] = []
  return {
    url: url.href,
    open: (options = {}) => {
      const store = postgresStore(url.href, options)
      stores.push(store)
      return store
    },
    query: async (text, values = []) => (await client.query(text, [...values])).rows,
    pass: async (milliseconds) => {
      const columns = ['renewed', 'created_at', 'changed_at'].map((name) => `${name} = ${name} - ${milliseconds}`)
      await client.query(`update turnstate_conversations set ${columns.join()}`)
    },
    close: async () => {
      await Promise.all(stores.map((store) => store.close()))
      await client.query('set client_min_messages = error')
      await client.query(`drop schema ${schema} cascade`)
      await client.end()
    },
  }
}

/** For the cases of every store. */
export async function testedPostgres(options: PostgresStoreOptions = {}): Promise<TestedStore> {
  const { open, pass, close } = await postgresPlace()
  return { store: open(options), other: async () => open(options), reopen: async () => open(options), pass, close }
}
