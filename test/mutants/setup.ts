// Runs before each test file, and before the code is loaded: switches the mutant on, and writes down what was reached.
import { writeFileSync } from 'node:fs'
import { afterAll, inject } from 'vitest'
import type { Hits } from './mutant.ts'

/** The object through which the instrumented code and this file talk. */
type Switchboard = {
  activeMutant?: string
  hitCount?: number
  hitLimit?: number
  mutantCoverage?: { readonly static: Hits }
}

const { active, hitLimit, coverageFile } = inject('mutantRun')
const holder = globalThis as { __stryker__?: Switchboard }
// The code keeps the object once it has it: a new one for the next file would not be seen.
const switchboard = (holder.__stryker__ ??= {})
switchboard.hitCount = 0
switchboard.hitLimit = hitLimit
if (active !== null) switchboard.activeMutant = active

afterAll(() => {
  if (coverageFile !== null) writeFileSync(coverageFile, JSON.stringify(switchboard.mutantCoverage?.static ?? {}))
})
