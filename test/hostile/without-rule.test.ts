import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { hostileProblems, type HostileProgram, hostilePrograms, playHostileProgram } from '../../src/testing/index.ts'
import { setUp } from './set-up.ts'
import { runs } from '../runs.ts'

const programs = hostilePrograms<fc.Arbitrary<HostileProgram>>(fc, { rules: 'none' })

it('without a rule, every message takes one request per reply and completes unless it is refused', async () => {
  const play = fc.asyncProperty(programs, async (program) => {
    const report = await playHostileProgram(program, setUp)
    expect(hostileProblems(report)).toEqual([])
    for (const [number, { status, requests }] of report.messages.entries()) {
      const refused = requests.filter(({ ended }) => ended === 'refused').length
      const replies = 1 + (program.messages[number]?.calls?.length ?? 0)
      expect(status).toBe(refused > 0 && program.fallback === undefined ? 'refused' : 'completed')
      expect(requests.length).toBe(status === 'refused' ? 1 : refused + replies)
    }
  })
  await fc.assert(play, { numRuns: runs(17), includeErrorInReport: true })
}, 60_000)
