// Opens stores. Their packages are optional, and are loaded only here, when a store is needed.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { quoteOf, TurnstateError } from '../../errors.ts'
import type { Store } from '../../stores/index.ts'
import type { SqliteStore } from '../../stores/sqlite/index.ts'
import type { Host } from '../host.ts'
import { isMissingPackage } from '../missing-package.ts'
import { defaultDatabase } from './data-folder.ts'
import type { StoreAddress } from './store-address.ts'

/** A store; one in SQLite can be checked as a whole. */
export type OpenedStore = Store & Partial<Pick<SqliteStore, 'check'>>

/**
 * Opens a store, and makes sure that it can be read.
 *
 * @param options `mustExist`: a database file that is missing is not created.
 * @throws TurnstateError `store-unavailable`, `store-invalid`, `store-version-unsupported`, `invalid-option`
 */
export async function openStore(
  address: StoreAddress,
  { mustExist }: { readonly mustExist: boolean },
): Promise<OpenedStore> {
  if (address.kind === 'sqlite' && mustExist && statSync(address.path, { throwIfNoEntry: false }) === undefined)
    throw new TurnstateError('store-unavailable', `There is no database ${address.path}.`)
  const store = await created(address)
  try {
    await store.list({ limit: 1 })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

async function created(address: StoreAddress): Promise<OpenedStore> {
  if (address.kind === 'sqlite') {
    const { sqliteStore } = await loaded(() => import('../../stores/sqlite/index.ts'), 'kysely @photostructure/sqlite')
    return sqliteStore(address.path)
  }
  const { postgresStore } = await loaded(() => import('../../stores/postgres/index.ts'), 'kysely pg')
  return postgresStore(address.url)
}

async function loaded<Module>(load: () => Promise<Module>, packages: string): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const isMissing = isMissingPackage(error)
    throw new TurnstateError(
      'store-unavailable',
      isMissing ? `A package is missing. Install it: npm install ${packages}.` : 'The store cannot be loaded.',
      isMissing ? { cause: error } : { cause: error, ...quoteOf(error) },
    )
  }
}

/**
 * The database of the user's chats. Its folder is created, readable for the user only.
 *
 * @throws TurnstateError as `openStore()`
 */
export async function openDefaultStore(host: Pick<Host, 'env'>): Promise<OpenedStore> {
  const path = defaultDatabase(host)
  if (path === null)
    throw new TurnstateError('store-unavailable', 'The environment names no folder of the user (HOME, XDG_DATA_HOME).')
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new TurnstateError('store-unavailable', `The folder ${dirname(path)} can't be created.`, {
      cause,
      ...quoteOf(cause),
    })
  }
  return openStore({ kind: 'sqlite', path }, { mustExist: false })
}

/**
 * The store that was named, else the user's own; `null` if the user has no store yet.
 *
 * @throws TurnstateError as `openStore()`
 */
export async function openNamedStore(
  address: StoreAddress | undefined,
  host: Pick<Host, 'env'>,
): Promise<OpenedStore | null> {
  if (address) return openStore(address, { mustExist: true })
  const path = defaultDatabase(host)
  if (path === null || statSync(path, { throwIfNoEntry: false }) === undefined) return null
  return openStore({ kind: 'sqlite', path }, { mustExist: true })
}
