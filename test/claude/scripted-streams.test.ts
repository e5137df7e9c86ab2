// The streams of whole conversations, with tools, thinking, refusals and faults: each is what the parsers alone make of it.
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type HostileProgram, hostilePrograms, playHostileProgram } from '../../src/testing/index.ts'
import { setUp } from '../hostile/set-up.ts'
import { runs } from '../runs.ts'
import { parsed, plain, readCut } from './both-ways.ts'

it('Every stream of a conversation with a hostile API is read as the parsers read it, wherever it is cut', async () => {
  let read = 0
  const play = fc.asyncProperty(
    hostilePrograms<fc.Arbitrary<HostileProgram>>(fc),
    fc.array(fc.nat(), { maxLength: 8 }),
    async (program, cuts) => {
      const streams: Uint8Array[] = []
      await playHostileProgram(program, (given) =>
        setUp({
          ...given,
          fetch: async (input, init) => {
            const response = await given.fetch(input, init)
            const isStream = response.headers.get('content-type')?.includes('text/event-stream') === true
            if (isStream) streams.push(new Uint8Array(await response.clone().arrayBuffer()))
            return response
          },
        }),
      )
      for (const bytes of streams) expect(plain(await readCut(bytes, cuts))).toEqual(plain(parsed(bytes)))
      read += streams.length
    },
  )
  await fc.assert(play, { numRuns: runs(15) })
  expect(read).toBeGreaterThan(15)
})
