import { Pool, type PoolConfig } from 'pg'
import { TurnstateError } from '../../errors.ts'
import { isObject } from '../../objects.ts'
import type { EncryptionOptions } from '../sql/sealing.ts'
import { type SqlStore, StoreInSql } from '../sql/sql-store.ts'
import { PostgresBackend } from './postgres-backend.ts'

/** How to keep conversations in Postgres. */
export interface PostgresStoreOptions {
  /** Encrypts what people and models say. */
  readonly encryption?: EncryptionOptions
}

/** A store in Postgres. */
export type PostgresStore = SqlStore

/** A `Pool` of the package `pg`, without its types, which an app may not have. */
export interface PostgresPool {
  connect(): Promise<object>
  end(): Promise<void>
}

/** How the store's own pool differs from pg's defaults. A server that hangs must not hang the app. Milliseconds. */
const poolOptions: PoolConfig = {
  application_name: 'turnstate',
  allowExitOnIdle: true,
  keepAlive: true,
  connectionTimeoutMillis: 10_000,
  statement_timeout: 30_000,
  query_timeout: 40_000,
  // A process that is stopped in the middle of a transaction must not lock a conversation: a cluster takes it for gone after this time.
  idle_in_transaction_session_timeout: 5_000,
}

/**
 * A store in a Postgres database (14 or later). It connects with the first request, and creates its tables (`turnstate_…`) if they are
 * missing.
 *
 * Its methods reject with `store-unavailable` for a server that does not answer, `store-invalid` for one that refuses the user or lacks
 * rights, and `store-version-unsupported` for tables of a later release, or a server that is too old.
 *
 * @param target A URL (`postgres://user:password@host/database`), or a pool of the package `pg`, which `close()` leaves open.
 * @throws TurnstateError `invalid-option`
 */
export function postgresStore(target: string | PostgresPool, options: PostgresStoreOptions = {}): PostgresStore {
  if (typeof options !== 'object' || options === null)
    throw invalid('The options of postgresStore() must be an object.')
  const isUrl = typeof target === 'string'
  const name = isUrl ? nameOf(target) : 'postgres'
  const pool = isUrl ? new Pool({ ...poolOptions, connectionString: target }) : target
  if (!isPool(pool)) throw invalid(expected)
  return new StoreInSql(name, new PostgresBackend(name, pool, isUrl), options.encryption)
}

const isPool = (value: unknown): value is Pool =>
  isObject(value) &&
  typeof value['connect'] === 'function' &&
  typeof value['on'] === 'function' &&
  isObject(value['options'])

const expected = 'postgresStore() takes a URL such as postgres://user:password@host/database, or a pool of pg.'

/** The address without user and password. */
function nameOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol)) throw invalid(expected)
  return `postgres:${url.host}${url.pathname}`
}

const invalid = (message: string) => new TurnstateError('invalid-option', message)
