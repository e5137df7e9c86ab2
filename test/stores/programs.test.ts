import * as fc from 'fast-check'
import { describe, it } from 'vitest'
import { memoryStore } from '../../src/stores/index.ts'
import { runs } from '../runs.ts'
import { playProgram, storeProgram } from './programs.ts'

describe('a random program of writers on one conversation', () => {
  it('ends in memory as in the model', async () => {
    await fc.assert(
      fc.asyncProperty(storeProgram, async (program) => {
        let now = 1_000_000
        const store = memoryStore({ clock: { now: () => now } })
        await playProgram([store, store, store], program, (milliseconds) => {
          now += milliseconds
        })
      }),
      { numRuns: runs(200) },
    )
  })
})
