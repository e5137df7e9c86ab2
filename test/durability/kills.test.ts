// `kill -9` at random moments, while twenty conversations talk, call tools, are refused, rejected and compacted. The long form of this
// test is `npm run crash`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, inject, it } from 'vitest'
import { programOf } from '../scripts/programs.ts'
import { postgresPlace } from '../stores/postgres.ts'
import type { Trouble } from './kills/open-store.ts'
import { playRounds } from './kills/rounds.ts'

const seed = Math.floor(Math.random() * 1_000_000)

const played = (store: string, trouble: Trouble = 'none', rounds = 20) =>
  playRounds({
    program: [programOf(inject('programs'), 'test/durability/kills/talker.ts')],
    store,
    rounds,
    trouble,
    seed,
    most: 40,
  })

describe(`a process that is killed twenty times (seed ${seed})`, () => {
  it('has told nothing that is not in SQLite, runs no tool twice, and sends nothing that was refused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'turnstate-kills-'))
    try {
      const { faults, counts } = await played(`sqlite:${join(folder, 'chat.db')}`)
      expect(faults).toEqual([])
      expect(counts.told).toBeGreaterThan(20)
      expect(counts.ran).toBeGreaterThan(0)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }, 240_000)

  it.each([
    ['fails one write in five', 'failing'],
    ['is full for a third of the time', 'full'],
    ['has a clock that is stepped by up to an hour', 'clock'],
  ] as const)(
    'has told nothing that is not there either, where the store %s',
    async (_, trouble) => {
      const folder = mkdtempSync(join(tmpdir(), 'turnstate-kills-'))
      try {
        const { faults, counts } = await played(`sqlite:${join(folder, 'chat.db')}`, trouble, 6)
        expect(faults).toEqual([])
        expect(counts.found).toBeGreaterThan(20)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    240_000,
  )

  it('has told nothing that is not in Postgres, runs no tool twice, and sends nothing that was refused', async () => {
    const place = await postgresPlace()
    try {
      const { faults, counts } = await played(place.url)
      expect(faults).toEqual([])
      expect(counts.told).toBeGreaterThan(20)
      expect(counts.ran).toBeGreaterThan(0)
    } finally {
      await place.close()
    }
  }, 240_000)
})
