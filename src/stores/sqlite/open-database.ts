// Opens the file of a store: looks at it first, and changes nothing in a file that is not ours.
import { closeSync, fsyncSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { CompiledQuery, Kysely, sql, SqliteDialect } from 'kysely'
import { elapsed } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import { isObject } from '../../objects.ts'
import { type Flavour, migrate, schemaVersion, type Tables } from '../sql/tables.ts'
import { AppendAtOnce } from './append-at-once.ts'
import type { Durability } from './protocol.ts'
import { checkSqliteVersion, type Database, type Driver, loadDriver, type Statement } from './driver.ts'
import { SameFiles, statsOf } from './same-files.ts'
import { isBusy, sqliteError } from './sqlite-errors.ts'

/** Marks the database files of turnstate ("Tsta"), in the header where SQLite keeps it. */
const applicationId = 0x54_73_74_61

/** How long SQLite waits for another process to finish its transaction. Milliseconds. */
const busyTimeout = 5_000

/** How long it waits before it opens a file again that was locked. Milliseconds. */
const retryInterval = 20

/** An open database file. */
export interface OpenDatabase {
  readonly database: Database
  readonly db: Kysely<Tables>
  readonly appendAtOnce: AppendAtOnce
  /** @throws TurnstateError `store-unavailable` if the files were removed or replaced: then what is written to them is lost. */
  checkFiles(): void
  close(): void
}

/** Creates the file if it does not exist. @throws TurnstateError as `sqliteStore()` says */
export async function openDatabase(path: string, durability: Durability): Promise<OpenDatabase> {
  const { DatabaseSync } = await loadDriver()
  const deadline = performance.now() + busyTimeout
  for (;;)
    try {
      return await openOnce(path, DatabaseSync, durability)
    } catch (error) {
      // SQLite does not wait when two processes change the kind of journal at once.
      if (!isBusy(error) || performance.now() > deadline) throw sqliteError(error, path)
      await elapsed(retryInterval)
    }
}

async function openOnce(
  path: string,
  DatabaseSync: Driver['DatabaseSync'],
  durability: Durability,
): Promise<OpenDatabase> {
  createFile(path)
  const database = new DatabaseSync(path)
  try {
    return await prepared(path, database, durability)
  } catch (error) {
    database.close()
    throw error
  }
}

async function prepared(path: string, database: Database, durability: Durability): Promise<OpenDatabase> {
  checkSqliteVersion(String(first(database, 'select sqlite_version() as value')))
  database.exec(`pragma busy_timeout = ${busyTimeout}`)
  const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: new Prepared(database) }) })
  await checkOwner(path, database, db)
  if (first(database, 'pragma journal_mode = wal', 'journal_mode') !== 'wal')
    throw new TurnstateError(
      'store-unavailable',
      `The database ${path} cannot have a write-ahead log: its file system cannot share memory between processes.`,
    )
  database.exec(`pragma synchronous = ${durability === 'full' ? 'full' : 'normal'}`)
  // On macOS only this reaches the disk itself.
  if (durability === 'full') database.exec('pragma fullfsync = on; pragma checkpoint_fullfsync = on')
  // What is erased is overwritten with zeros.
  database.exec('pragma secure_delete = on')
  await migrated(database, db)
  const files = new SameFiles(path)
  return {
    database,
    db,
    appendAtOnce: new AppendAtOnce(database, db),
    checkFiles: () => {
      if (files.areThere()) return
      throw new TurnstateError(
        'store-unavailable',
        `The files of the database ${path} were removed or replaced while it was open. Close the store and open it again.`,
      )
    },
    close: () => database.close(),
  }
}

/** Only the user may read it. SQLite gives the files next to it the same permissions. */
function createFile(path: string): void {
  const found = statsOf(path)
  if (found?.isDirectory()) throw new TurnstateError('store-invalid', `${path} is a folder. Name a file in it.`)
  if (found) return
  try {
    closeSync(openSync(path, 'wx', 0o600))
    syncFolder(dirname(path))
  } catch (error) {
    const code = isObject(error) ? error['code'] : null
    if (code === 'EEXIST' && statsOf(path)) return
    const why =
      code === 'EEXIST'
        ? 'it is a link to a file that does not exist'
        : code === 'ENOENT'
          ? 'its folder does not exist'
          : 'it cannot be created'
    throw new TurnstateError('store-unavailable', `There is no database ${path}, and ${why}.`, { cause: error })
  }
}

/** So that the file itself is there after a power failure. Windows cannot do it, and does not need it. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** @throws TurnstateError `store-invalid`, `store-version-unsupported` */
async function checkOwner(path: string, database: Database, db: Kysely<Tables>): Promise<void> {
  const id = first(database, 'pragma application_id', 'application_id')
  const hasTables = Number(first(database, 'select count(*) as value from sqlite_schema')) > 0
  if (id !== applicationId && (id !== 0 || hasTables))
    throw new TurnstateError(
      'store-invalid',
      `The database ${path} belongs to another program. Nothing was changed; name another file.`,
    )
  const version = await versionOf(database, db)
  if (version > schemaVersion)
    throw new TurnstateError(
      'store-version-unsupported',
      `The database ${path} has tables of version ${version}; this release knows up to ${schemaVersion}. Upgrade turnstate. Nothing was changed.`,
    )
}

async function migrated(database: Database, db: Kysely<Tables>): Promise<void> {
  if ((await versionOf(database, db)) === schemaVersion) return
  database.exec('begin immediate')
  try {
    // Another process may have been faster.
    const version = await versionOf(database, db)
    if (version < schemaVersion) await migrate(db, flavour, version)
    database.exec(`pragma application_id = ${applicationId}`)
    database.exec('commit')
  } catch (error) {
    database.exec('rollback')
    throw error
  }
}

/** 0: there are no tables. */
async function versionOf(database: Database, db: Kysely<Tables>): Promise<number> {
  const has = first(database, "select count(*) as value from sqlite_schema where name = 'turnstate_schema'")
  if (has !== 1) return 0
  const row = await db.selectFrom('turnstate_schema').select('version').executeTakeFirst()
  return Number(row?.version ?? 0)
}

const flavour: Flavour = {
  bytes: 'blob',
  createTokens: async (db) => {
    await db.executeQuery(CompiledQuery.raw('create table turnstate_tokens (last bigint not null)'))
    await db.executeQuery(CompiledQuery.raw('insert into turnstate_tokens values (0)'))
  },
}

/** The next fencing token, in the transaction of the caller. */
export async function nextToken(db: Kysely<Tables>): Promise<number> {
  const { rows } = await sql<{
    readonly last: number
  }>`update turnstate_tokens set last = last + 1 returning last`.execute(db)
  return Number(rows[0]?.last)
}

/** The first value that a statement gives. */
export function first(database: Database, statement: string, column = 'value'): unknown {
  const [row] = database.prepare(statement).all()
  return isObject(row) ? row[column] : undefined
}

/** The most prepared statements that are kept. */
const mostPrepared = 200

/** The database as Kysely's dialect takes it. Statements are prepared once. */
class Prepared {
  readonly #database: Database
  readonly #statements = new Map<string, PreparedStatement>()

  constructor(database: Database) {
    this.#database = database
  }

  prepare(text: string): PreparedStatement {
    const found = this.#statements.get(text)
    if (found) return found
    if (this.#statements.size >= mostPrepared) this.#statements.clear()
    const statement = new PreparedStatement(this.#database.prepare(text))
    this.#statements.set(text, statement)
    return statement
  }

  close(): void {
    this.#database.close()
  }
}

class PreparedStatement {
  /** Every statement may give rows. */
  readonly reader = true
  readonly #statement: Statement

  constructor(statement: Statement) {
    this.#statement = statement
  }

  all(parameters: readonly unknown[]): unknown[] {
    return [...this.#statement.all(...parameters)]
  }

  run(parameters: readonly unknown[]): { readonly changes: number; readonly lastInsertRowid: number } {
    this.#statement.all(...parameters)
    return { changes: 0, lastInsertRowid: 0 }
  }

  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.all(parameters).values()
  }
}
