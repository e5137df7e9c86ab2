// Runs before each test file, and before the code is loaded: switches the mutant on, and writes down what was reached.
import { writeFileSync } from 'node:fs'
import { configureGlobal } from 'fast-check'
import { afterAll, afterEach, inject } from 'vitest'
import type { Hits } from './mutant.ts'

/** The object through which the instrumented code and this file talk. */
type Switchboard = {
  activeMutant?: string
  hitCount?: number
  hitLimit?: number
  mutantCoverage?: { readonly static: Hits }
  /** Whether a test of an earlier file has failed. */
  isKilled?: boolean
}

const { active, hitLimit, coverageFile } = inject('mutantRun')
const holder = globalThis as { __stryker__?: Switchboard }
// The code keeps the object once it has it: a new one for the next file would not be seen.
const switchboard = (holder.__stryker__ ??= {})
// `bail` skips the tests that are left, and still loads their files, which takes most of the time.
if (switchboard.isKilled) throw new Error('An earlier test has killed the mutant.')
switchboard.hitCount = 0
switchboard.hitLimit = hitLimit
if (active !== null) switchboard.activeMutant = active

// Random tests take the same cases each time: one that fails has met the mutant, and not a rare case.
configureGlobal({ seed: 1 })

afterEach(({ task }) => {
  if (task.result?.state === 'fail') switchboard.isKilled = true
})
afterAll(() => {
  if (coverageFile !== null) writeFileSync(coverageFile, JSON.stringify(switchboard.mutantCoverage?.static ?? {}))
})
