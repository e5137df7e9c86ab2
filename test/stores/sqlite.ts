// SQLite stores for tests: in a folder of their own, with a clock that tests turn.
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inject } from 'vitest'
import { openSqlite, type SqliteStore, type SqliteStoreOptions } from '../../src/stores/sqlite/sqlite-store.ts'
import type { TestedStore } from '../../src/testing/index.ts'
import { programOf } from '../scripts/programs.ts'

/** The thread as one file: it starts several times as fast as from the sources. */
export const worker = (): URL => pathToFileURL(programOf(inject('programs'), 'src/stores/sqlite/worker.ts'))

/** A folder that is removed by `close`, with stores in it. */
export interface SqlitePlace {
  readonly folder: string
  readonly path: string
  readonly open: (options?: SqliteStoreOptions, clockAhead?: number) => SqliteStore
  /** Turns the clock on. */
  readonly pass: (milliseconds: number) => void
  readonly close: () => Promise<void>
}

export function sqlitePlace(): SqlitePlace {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-sqlite-'))
  const path = join(folder, 'chat.db')
  const stores: SqliteStore[] = []
  let ahead = 0
  return {
    folder,
    path,
    open: (options = {}, clockAhead = 0) => {
      const store = openSqlite(path, options, {
        worker: worker(),
        now: () => Date.now() + ahead + clockAhead,
        ticks: () => performance.now() + ahead,
      })
      stores.push(store)
      return store
    },
    pass: (milliseconds) => {
      ahead += milliseconds
    },
    close: async () => {
      await Promise.all(stores.map((store) => store.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** For the cases of every store. */
export async function testedSqlite(options: SqliteStoreOptions = {}): Promise<TestedStore> {
  const { open, pass, close } = sqlitePlace()
  return {
    store: open(options),
    other: async (clockAhead) => open(options, clockAhead),
    reopen: async () => open(options),
    pass,
    close,
  }
}

/** A store on a file that a test made. */
export const sqliteAt = (path: string, options: SqliteStoreOptions = {}): SqliteStore =>
  openSqlite(path, options, { worker: worker() })

/** The bundled programs for processes of their own, which another user may run. */
export function sqliteModules(): { readonly worker: string; readonly store: string } {
  const programs = inject('programs')
  chmodSync(join(programs, '../../..'), 0o755)
  return {
    worker: worker().href,
    store: pathToFileURL(programOf(programs, 'src/stores/sqlite/sqlite-store.ts')).href,
  }
}

const [mount, umount] = ['/bin/mount', '/bin/umount'] as const

/** Whether this machine lets the tests mount a small disk. */
export function hasMounts(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-disk-'))
  const isMounted = spawnSync(mount, ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]).status === 0
  if (isMounted) spawnSync(umount, [folder])
  rmSync(folder, { recursive: true, force: true })
  return isMounted
}

/** Runs on a disk of so many megabytes, which can be filled and freed. */
export async function onSmallDisk(
  megabytes: number,
  run: (disk: string, fill: () => void, free: () => void) => Promise<void>,
): Promise<void> {
  const disk = mkdtempSync(join(tmpdir(), 'turnstate-disk-'))
  mkdirSync(disk, { recursive: true })
  spawnSync(mount, ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk])
  const filler = join(disk, 'filler')
  const fill = () => {
    for (let size = megabytes * 1_000_000; size >= 1_000; size /= 2)
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' })
      } catch {
        // Less fits.
      }
  }
  try {
    await run(disk, fill, () => rmSync(filler))
  } finally {
    spawnSync(umount, ['-l', disk])
    rmSync(disk, { recursive: true, force: true })
  }
}
