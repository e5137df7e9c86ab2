// Processes of a cluster are killed, stopped and cut off while clients talk. The long form of this test is `npm run crash:cluster`.
import { expect, inject, it } from 'vitest'
import { programOf } from '../scripts/programs.ts'
import { besiege } from './chaos/siege.ts'
import { clusterPlace } from './database.ts'

const seed = Math.floor(Math.random() * 1_000_000)

it(`clients of a cluster whose processes are killed, stopped and cut off end with what the journal says (seed ${seed})`, async () => {
  const place = await clusterPlace()
  try {
    const { faults, counts, happened } = await besiege({
      program: programOf(inject('programs'), 'test/dbos/member.ts'),
      databaseUrl: place.url,
      conversations: 6,
      seed,
      faults: 4,
      every: 4_000,
      away: 7_000,
      pause: 4_000,
    })
    expect(faults).toEqual([])
    expect(happened).toEqual(['killed', 'stopped', 'refused', 'silent'])
    expect(counts.messages).toBeGreaterThan(6)
    expect(counts.outcomes).toBeGreaterThan(8)
  } finally {
    await place.close()
  }
}, 240_000)
