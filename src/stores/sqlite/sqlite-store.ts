import { resolve } from 'node:path'
import { TurnstateError } from '../../errors.ts'
import type { EncryptionOptions } from '../sql/sealing.ts'
import { type SqlStore, StoreInSql } from '../sql/sql-store.ts'
import type { Durability } from './protocol.ts'
import { SqliteBackend, type SqliteInternals } from './sqlite-backend.ts'

/** How to keep conversations in a SQLite database. */
export interface SqliteStoreOptions {
  /**
   * `full` (default): what is saved survives a power failure. `normal`: it survives the end of the process, however it ends, but a power
   * failure may take the last appends; several times as fast.
   */
  readonly durability?: Durability
  /**
   * `own` (default): the database has a thread of its own, and the app goes on while the disk writes. `app`: the app waits for each write,
   * and up to five seconds for another process that writes. That is faster for a program that has nothing else to do: waking the thread
   * for each append takes longer than a fast disk does.
   */
  readonly thread?: 'own' | 'app'
  /** Encrypts what people and models say. */
  readonly encryption?: EncryptionOptions
}

/** A store in a SQLite database. */
export interface SqliteStore extends SqlStore {
  /**
   * Writes a copy of the database to a new file, while others go on writing.
   *
   * @throws TurnstateError `invalid-option` if there is such a file, `store-unavailable`
   */
  backup(path: string): Promise<void>
  /** Gives the room of what was erased back to the file system. Writers wait for it. @throws TurnstateError `store-unavailable` */
  vacuum(): Promise<void>
}

/**
 * A store in a SQLite database. The file is created with the first request, readable for its user only.
 *
 * Its methods reject with `store-unavailable` for a file that cannot be opened or written, `store-invalid` for one that is not a store
 * of turnstate, and `store-version-unsupported` for one of a later release, or a SQLite that is too old.
 *
 * @param path The path of the file. Its folder must exist.
 * @throws TurnstateError `invalid-option`
 */
export const sqliteStore = (path: string, options: SqliteStoreOptions = {}): SqliteStore => openSqlite(path, options)

/** @internal */
export function openSqlite(path: string, options: SqliteStoreOptions, internals: SqliteInternals = {}): SqliteStore {
  if (typeof path !== 'string' || path === '' || path.includes('\0'))
    throw invalid('The path of a SQLite database must be a text.')
  if (path === ':memory:') throw invalid('A SQLite store is a file. Use memoryStore() for a store in memory.')
  if (typeof options !== 'object' || options === null) throw invalid('The options of sqliteStore() must be an object.')
  const { durability = 'full', thread = 'own', encryption } = options
  if (durability !== 'full' && durability !== 'normal') throw invalid('durability must be "full" or "normal".')
  if (thread !== 'own' && thread !== 'app') throw invalid('thread must be "own" or "app".')
  return new StoreInSqlite(path, { durability, thread, path: resolve(path) }, encryption, internals)
}

class StoreInSqlite extends StoreInSql implements SqliteStore {
  readonly #backend: SqliteBackend
  readonly #options: ConstructorParameters<typeof SqliteBackend>[0]
  readonly #internals: SqliteInternals

  constructor(
    path: string,
    options: ConstructorParameters<typeof SqliteBackend>[0],
    encryption: EncryptionOptions | undefined,
    internals: SqliteInternals,
  ) {
    const backend = new SqliteBackend(options, internals)
    super(`sqlite:${path}`, backend, encryption)
    this.#backend = backend
    this.#options = options
    this.#internals = internals
  }

  async backup(path: string): Promise<void> {
    if (typeof path !== 'string' || path === '') throw invalid('The path of a backup must be a text.')
    await this.#aside((backend) => backend.backup(resolve(path)))
  }

  vacuum(): Promise<void> {
    return this.#aside((backend) => backend.vacuum())
  }

  override check(): Promise<readonly string[]> {
    return this.#aside((backend) => backend.check())
  }

  /** In a thread of its own: it may take long, and appends go on. */
  async #aside<Value>(run: (backend: SqliteBackend) => Promise<Value>): Promise<Value> {
    this.checkOpen()
    // The first request creates the tables.
    await this.#backend.find('')
    const aside = new SqliteBackend({ ...this.#options, thread: 'own' }, this.#internals)
    try {
      return await run(aside)
    } finally {
      await aside.close()
    }
  }
}

const invalid = (message: string) => new TurnstateError('invalid-option', message)
