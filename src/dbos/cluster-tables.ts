// The tables of a cluster, beside those of the store. What may be lost with the server's memory is unlogged: it costs no write-ahead log.
import type { Pool, PoolClient } from 'pg'
import { TurnstateError } from '../errors.ts'

/** The newest version of the tables. */
const clusterVersion = 1

/** One at a time creates them: a number that nobody else locks. */
const lock = 7_816_211_305

const tables = `
create table if not exists turnstate_cluster (
  one boolean primary key default true check (one),
  version integer not null,
  name text not null,
  data_key text,
  key_id text
);
create table if not exists turnstate_cluster_processes (
  id text primary key,
  run text not null,
  state text not null,
  build text not null,
  journal integer not null,
  started timestamptz not null default now(),
  seen timestamptz not null default now(),
  counts jsonb not null default '{}',
  recovered_by text
);
create table if not exists turnstate_cluster_homes (
  conversation text primary key,
  process text not null,
  workflow text not null,
  takeovers integer not null,
  due timestamptz,
  since timestamptz not null default now()
);
create index if not exists turnstate_cluster_homes_process on turnstate_cluster_homes (process);
create unlogged table if not exists turnstate_cluster_requests (
  id text primary key,
  conversation text not null,
  asked_by text not null,
  taken_by text,
  at timestamptz not null default now(),
  body bytea not null
);
create index if not exists turnstate_cluster_requests_waiting on turnstate_cluster_requests (conversation) where taken_by is null;
create unlogged table if not exists turnstate_cluster_answers (
  request text not null references turnstate_cluster_requests on delete cascade,
  nth integer not null,
  kind text not null,
  body bytea not null,
  primary key (request, nth)
);
`

/** A cluster as its tables describe it. */
export interface ClusterRow {
  /** The data key of what processes tell each other, wrapped by a key of the app; `null`: nothing is encrypted. */
  readonly wrapped: { readonly dataKey: string; readonly keyId: string } | null
}

/**
 * Creates the tables if they are missing, and says what cluster they belong to.
 *
 * @param newKey the data key of a cluster that has none yet
 * @throws TurnstateError `store-version-unsupported`, `invalid-option` for a database of another cluster; and what `pg` throws
 */
export async function prepareCluster(
  pool: Pool,
  name: string,
  newKey: ClusterRow['wrapped'],
  further: readonly string[],
): Promise<ClusterRow> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    await client.query('select pg_advisory_xact_lock($1)', [lock])
    // A user who may not create tables can use those that are there.
    if (!(await areThere(client))) for (const statement of [tables, ...further]) await client.query(statement)
    await client.query(
      'insert into turnstate_cluster (version, name, data_key, key_id) values ($1, $2, $3, $4) on conflict do nothing',
      [clusterVersion, name, newKey?.dataKey ?? null, newKey?.keyId ?? null],
    )
    const { rows } = await client.query<{
      readonly version: number
      readonly name: string
      readonly data_key: string | null
      readonly key_id: string | null
    }>('select version, name, data_key, key_id from turnstate_cluster')
    await client.query('commit')
    const [row] = rows
    if (!row) throw new TurnstateError('store-invalid', 'The tables of the cluster have no row.')
    checkClusterVersion(row.version)
    if (row.name !== name)
      throw new TurnstateError(
        'invalid-option',
        `The database belongs to the cluster ${JSON.stringify(row.name)}, and this process to ${JSON.stringify(name)}: each would run turns of the other. Give each cluster a database of its own.`,
      )
    const { data_key: dataKey, key_id: keyId } = row
    return { wrapped: dataKey !== null && keyId !== null ? { dataKey, keyId } : null }
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  } finally {
    client.release()
  }
}

/** @throws TurnstateError `store-version-unsupported` for tables of a later release */
export function checkClusterVersion(version: number): void {
  if (version > clusterVersion)
    throw new TurnstateError(
      'store-version-unsupported',
      `The database has tables of a cluster of version ${version}; this release knows up to ${clusterVersion}. Upgrade turnstate. Nothing was changed.`,
    )
}

async function areThere(client: PoolClient): Promise<boolean> {
  const { rows } = await client.query<{ readonly exists: boolean }>(
    `select to_regclass('turnstate_cluster') is not null as exists`,
  )
  return rows[0]?.exists === true
}
