// What is asked about the file as a whole.
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs'
import { TurnstateError } from '../../errors.ts'
import type { OpenDatabase } from './open-database.ts'
import { first } from './open-database.ts'

/** Writes what is stored now to a new file, while others go on writing. */
export function backup({ database }: OpenDatabase, path: string): void {
  if (existsSync(path))
    throw new TurnstateError('invalid-option', `There is a file ${path} already. A backup is written to a new file.`)
  try {
    // SQLite takes an empty file for a new one, and keeps its permissions.
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    throw new TurnstateError('store-unavailable', `The backup ${path} cannot be created.`, { cause: error })
  }
  try {
    database.prepare('vacuum into ?').all(path)
    chmodSync(path, 0o600)
    const handle = openSync(path, 'r')
    fsyncSync(handle)
    closeSync(handle)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

/** Gives the room of what was erased back to the file system. */
export function vacuum({ database }: OpenDatabase): void {
  database.exec('vacuum')
  truncateLog(database)
}

/**
 * Moves the write-ahead log into the database and empties it, so that nothing of what was erased is left in it.
 *
 * @throws TurnstateError `store-unavailable` if another process reads for longer than SQLite waits
 */
export function truncateLog(database: OpenDatabase['database']): void {
  if (first(database, 'pragma wal_checkpoint(truncate)', 'busy') === 0) return
  throw new TurnstateError(
    'store-unavailable',
    'It is erased from the database, but not yet from its write-ahead log, which another process reads. Delete again.',
  )
}

/** What SQLite finds wrong with the file. */
export const integrity = ({ database }: OpenDatabase): readonly string[] =>
  database
    .prepare('pragma integrity_check')
    .all()
    .flatMap((row) => Object.values(row ?? {}).map(String))
    .filter((line) => line !== 'ok')
