// A database of its own on the Postgres of the tests: the engine's schema has a name that is not ours to choose.
import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { inject } from 'vitest'
import { postgresUrl } from '../scripts/postgres.ts'

export interface ClusterPlace {
  readonly url: string
  /** Runs a statement as the owner of the database. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>
  readonly close: () => Promise<void>
}

export async function clusterPlace(): Promise<ClusterPlace> {
  const base = await postgresUrl(inject('postgresPort'))
  const name = `cluster_${randomUUID().replaceAll('-', '')}`
  const admin = new Client({ connectionString: base })
  await admin.connect()
  await admin.query(`create database ${name}`)
  const url = new URL(base)
  url.pathname = `/${name}`
  const client = new Client({ connectionString: url.href })
  await client.connect()
  return {
    url: url.href,
    query: async (text, values = []) => (await client.query(text, [...values])).rows,
    close: async () => {
      await client.end()
      await admin.query(`drop database ${name} with (force)`)
      await admin.end()
    },
  }
}
