// Malformed requests through real connections. The long form of this test is `npm run soak:server`.
import { expect, inject, it } from 'vitest'
import { programOf } from '../scripts/programs.ts'
import { besiege } from './soak/play.ts'

const seed = Math.floor(Math.random() * 1_000_000)

it(`a server that gets malformed requests stays up, leaks nothing and changes nothing, and good conversations complete meanwhile (seed ${seed})`, async () => {
  const { faults, sent, completed } = await besiege({
    program: programOf(inject('programs'), 'test/server/soak/besieged.ts'),
    requests: 600,
    seed,
  })
  expect(faults).toEqual([])
  expect(sent).toBeGreaterThanOrEqual(600)
  expect(completed).toBeGreaterThanOrEqual(18)
}, 240_000)
