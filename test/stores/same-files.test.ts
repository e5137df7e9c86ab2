import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { SameFiles } from '../../src/stores/sqlite/same-files.ts'
import { runs } from '../runs.ts'

/** What happens to a folder; whether the database is still there afterwards. */
const deeds = {
  nothing: [() => {}, true],
  'another file comes': [(folder: string) => writeFileSync(join(folder, 'other'), ''), true],
  'another file goes': [(folder: string) => rmSync(join(folder, 'neighbour')), true],
  'the database is written': [(folder: string) => writeFileSync(join(folder, 'x.db'), 'more', { flag: 'a' }), true],
  'the log is written': [(folder: string) => writeFileSync(join(folder, 'x.db-wal'), 'more', { flag: 'a' }), true],
  'the database is removed': [(folder: string) => rmSync(join(folder, 'x.db')), false],
  'the log is removed': [(folder: string) => rmSync(join(folder, 'x.db-wal')), false],
  'the database is renamed': [(folder: string) => renameSync(join(folder, 'x.db'), join(folder, 'y.db')), false],
  'another file takes its place': [
    (folder: string) => {
      writeFileSync(join(folder, 'new'), '')
      renameSync(join(folder, 'new'), join(folder, 'x.db'))
    },
    false,
  ],
  'the folder is renamed': [(folder: string) => renameSync(folder, `${folder}-away`), false],
  'another folder takes its place': [
    (folder: string) => {
      renameSync(folder, `${folder}-away`)
      mkdirSync(folder)
      for (const name of ['x.db', 'x.db-wal']) writeFileSync(join(folder, name), '')
    },
    false,
  ],
} as const satisfies Record<string, readonly [(folder: string) => void, boolean]>

const names = Object.keys(deeds) as (keyof typeof deeds)[]

/** Until a change has a later time than this folder's last: some file systems count in steps of milliseconds. */
function untilNextTick(parent: string, folder: string): void {
  const probe = join(parent, 'probe')
  let time
  do {
    writeFileSync(probe, '')
    time = statSync(probe).ctimeMs
    rmSync(probe)
  } while (time === statSync(folder).ctimeMs)
}

/** Deeds up to the first one that takes the database away; each one after a look, which may trust the folder from then on. */
function lookAfterEach(parent: string, chosen: readonly (keyof typeof deeds)[], isOld: boolean): void {
  const folder = join(parent, 'folder')
  mkdirSync(folder)
  for (const name of ['x.db', 'x.db-wal', 'neighbour']) writeFileSync(join(folder, name), '')
  const files = new SameFiles(join(folder, 'x.db'))
  const now = () => Date.now() + (isOld ? 60_000 : 0)
  expect(files.areThere(now())).toBe(true)
  for (const name of new Set(chosen)) {
    if (isOld) untilNextTick(parent, folder)
    const [deed, remains] = deeds[name]
    deed(folder)
    expect(files.areThere(now())).toBe(remains)
    if (!remains) return
  }
}

it('A store notices that its files were removed or replaced, whatever else happens in their folder, and however long it has been still', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names), { maxLength: 8 }), fc.boolean(), (chosen, isOld) => {
      const parent = mkdtempSync(join(tmpdir(), 'turnstate-'))
      try {
        lookAfterEach(parent, chosen, isOld)
      } finally {
        rmSync(parent, { recursive: true })
      }
    }),
    { numRuns: runs(100) },
  )
})
