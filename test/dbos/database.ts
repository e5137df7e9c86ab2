// Databases of their own for clusters, on the Postgres of the tests or another one: the engine's schema has a name that is not ours to choose.
import { randomUUID } from 'node:crypto'
import { Client, Pool } from 'pg'
import { inject, onTestFinished } from 'vitest'
import { postgresUrl } from '../scripts/postgres.ts'

type Rows = readonly Readonly<Record<string, unknown>>[]

export interface ClusterPlace {
  readonly url: string
  /** Runs a statement as the owner of the database. */
  readonly query: (text: string, values?: readonly unknown[]) => Promise<Rows>
  /** Removes the database. */
  readonly close: () => Promise<void>
}

/** @param server its server. Default: that of all tests */
export async function clusterPlace(server?: string): Promise<ClusterPlace> {
  const base = server ?? (await postgresUrl(inject('postgresPort')))
  const name = `cluster_${randomUUID().replaceAll('-', '')}`
  await runAt(base, `create database ${name}`)
  const url = new URL(base)
  url.pathname = `/${name}`
  const pool = new Pool({ connectionString: url.href, max: 1 })
  // Its server may end before.
  pool.on('error', () => {})
  return {
    url: url.href,
    query: async (text, values = []) => (await pool.query(text, [...values])).rows as Rows,
    close: async () => {
      await pool.end()
      await runAt(base, `drop database ${name} with (force)`)
    },
  }
}

/** The same, removed after the test. */
export async function clusterDatabase(server?: string): Promise<ClusterPlace> {
  const place = await clusterPlace(server)
  // Its server may have ended.
  onTestFinished(() => place.close().catch(() => {}))
  return place
}

async function runAt(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
