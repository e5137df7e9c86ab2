// What a delta costs in bytes that are allocated. Unlike times, these are the same on every machine, so a test can hold them down.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, inject, it } from 'vitest'
import { programOf } from '../scripts/programs.ts'

it('a delta allocates no more on its way from the network to a listener than in a loop by hand', async () => {
  const program = programOf(inject('programs'), 'test/claude/allocating.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program])
  const { text, thinking } = JSON.parse(stdout)
  // 0.83 to 0.97 of it when this was written; a single object more for each delta is a tenth.
  expect(text).toBeLessThan(1.1)
  expect(thinking).toBeLessThan(1.1)
})
