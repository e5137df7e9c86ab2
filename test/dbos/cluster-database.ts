// Databases for tests of clusters: each cluster needs one of its own.
import { randomBytes } from 'node:crypto'
import { Client } from 'pg'
import { afterAll, inject } from 'vitest'
import { postgresUrl } from '../scripts/postgres.ts'

/** A database that is removed after the tests of the file. */
export interface ClusterPlace {
  readonly url: string
  readonly query: (text: string, values?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** Creates a database. @param server its server. Default: that of all tests */
export async function clusterDatabase(server?: string): Promise<ClusterPlace> {
  const base = server ?? (await postgresUrl(inject('postgresPort')))
  const name = `cluster_${randomBytes(6).toString('hex')}`
  await runAt(base, `create database ${name}`)
  removals.push(() => runAt(base, `drop database ${name} with (force)`))
  const url = new URL(base)
  url.pathname = `/${name}`
  return { url: url.href, query: (text, values) => runAt(url.href, text, values) }
}

const removals: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const remove of removals.splice(0)) await remove().catch(() => {})
})

async function runAt(url: string, text: string, values: readonly unknown[] = []) {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text, [...values])).rows as readonly Readonly<Record<string, unknown>>[]
  } finally {
    await client.end()
  }
}
