// The SQLite that is used: the package, else the one in Node. Both have the interface of `node:sqlite`.
import { TurnstateError } from '../../errors.ts'

export interface Statement {
  all(...parameters: readonly unknown[]): readonly unknown[]
}

export interface Database {
  exec(sql: string): void
  prepare(sql: string): Statement
  close(): void
}

export interface Driver {
  readonly DatabaseSync: new (path: string) => Database
}

/** SQLite releases from 3.7.0 up to the one before this can lose data that was committed, when a WAL is reset. */
const oldest = [3, 51, 3] as const

const packageName = '@photostructure/sqlite'

// A variable, because older Nodes do not have it.
const inNode: string = 'node:sqlite'

/** Loads the driver from each place where it may be. Rejects if it is not there. */
interface Sources {
  readonly packaged: () => Promise<Driver>
  readonly inNode: () => Promise<unknown>
}

const sources: Sources = { packaged: () => import('@photostructure/sqlite'), inNode: () => import(inNode) }

/** Loads the package if it is installed, else what is in Node. @throws TurnstateError `store-unavailable` */
export async function loadDriver({ packaged, inNode: ofNode }: Sources = sources): Promise<Driver> {
  try {
    return await packaged()
  } catch (error) {
    if (!isMissing(error))
      throw new TurnstateError(
        'store-unavailable',
        `The package ${packageName} is installed, but it cannot be loaded.`,
        {
          cause: error,
        },
      )
  }
  try {
    const driver = await ofNode()
    if (isDriver(driver)) return driver
  } catch {
    // As if it had no SQLite.
  }
  throw new TurnstateError(
    'store-unavailable',
    `There is no SQLite: this Node has none of its own. Install it: npm install ${packageName}.`,
  )
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ERR_MODULE_NOT_FOUND' || error.code === 'MODULE_NOT_FOUND') &&
  error.message.includes(packageName)

const isDriver = (value: unknown): value is Driver =>
  typeof value === 'object' && value !== null && 'DatabaseSync' in value && typeof value.DatabaseSync === 'function'

/** @throws TurnstateError `store-version-unsupported` for a SQLite that can lose data */
export function checkSqliteVersion(version: string): void {
  const parts = version.split('.').map(Number)
  for (const [index, least] of oldest.entries()) {
    const part = parts[index] ?? 0
    if (part > least) return
    if (part < least)
      throw new TurnstateError(
        'store-version-unsupported',
        `This SQLite is ${version}. Releases before ${oldest.join('.')} can lose data that was stored, when they reset the write-ahead log. Install a newer one: npm install ${packageName}.`,
      )
  }
}
