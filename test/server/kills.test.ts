// `kill -9` of the server at random moments, while clients send, follow and resume. The long form of this test is `npm run crash:server`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, inject, it } from 'vitest'
import { programOf } from '../scripts/programs.ts'
import { playServedRounds } from './kills/rounds.ts'

const seed = Math.floor(Math.random() * 1_000_000)

it(`clients of a server that is killed eight times end with what the journal says (seed ${seed})`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'turnstate-served-'))
  try {
    const { faults, counts } = await playServedRounds({
      program: [programOf(inject('programs'), 'test/server/kills/serving.ts')],
      path: join(folder, 'chat.db'),
      rounds: 8,
      conversations: 4,
      seed,
      longest: 800,
    })
    expect(faults).toEqual([])
    expect(counts.messages).toBeGreaterThan(4)
    expect(counts.outcomes).toBeGreaterThan(8)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}, 240_000)
