// SQLite stores for tests: in a folder of their own, with a clock that tests turn.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inject } from 'vitest'
import { openSqlite, type SqliteStore, type SqliteStoreOptions } from '../../src/stores/sqlite/sqlite-store.ts'
import type { TestedStore } from '../../src/testing/index.ts'
import { programOf } from '../scripts/programs.ts'

/** The thread as one file: it starts several times as fast as from the sources. */
const worker = (): URL => pathToFileURL(programOf(inject('programs'), 'src/stores/sqlite/worker.ts'))

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
