import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { errorConsequences } from '../../src/index.ts'
import { type Simulator, startSimulator } from '../../src/testing/index.ts'
import { exampleUrl, readmeUrl, refreshed } from '../scripts/readme.ts'

const run = promisify(execFile)
const readme = readFileSync(readmeUrl, 'utf8')
const names = readdirSync(new URL('../examples/', import.meta.url)).map((file) => file.replace(/\.ts$/, ''))
const root = fileURLToPath(new URL('../../', import.meta.url))

let simulator: Simulator
beforeAll(async () => {
  simulator = await startSimulator({ deltaDelay: 5 })
})
afterAll(() => simulator.close())

/** Runs an example as a user would, against the simulator. */
const runExample = async (name: string): Promise<string> => {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', fileURLToPath(exampleUrl(name))], {
    cwd: root,
    env: { ...process.env, ANTHROPIC_API_KEY: 'any', ANTHROPIC_BASE_URL: simulator.url },
  })
  return stdout
}

describe('the README', () => {
  it('shows the examples and the chart as they are (node --import tsx test/scripts/readme.ts mends it)', () => {
    expect(readme).toBe(refreshed(readme))
  })

  it('shows every example, and no code that is not run', () => {
    const shown = [...readme.matchAll(/```ts(.*)\n/g)].map(([, info]) => info?.trim().replace('example=', ''))
    expect(new Set(shown)).toEqual(new Set(names))
  })

  it('names no error code that does not exist', () => {
    const named = [...readme.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, word]) => word ?? '')
    const others = new Set(['drop-turn', 'retry-after', 'sign-in'])
    expect(named.filter((word) => !others.has(word) && !Object.hasOwn(errorConsequences, word))).toEqual([])
  })

  it('begins with an example of twelve lines at most', () => {
    expect(readFileSync(exampleUrl('01-first-turn'), 'utf8').trimEnd().split('\n').length).toBeLessThanOrEqual(12)
  })
})

describe('the examples', () => {
  it.each([
    ['01-first-turn', /You wrote: "Hello"[\s\S]*completed/],
    ['02-refusals', /^$/],
    ['03-watching', /stopped[\s\S]*ready 4/],
    ['04-machine', /t1 completed\n\{ completed: 'saved' \} true/],
    ['05-testing', /^completed\nrefused\ncompleted\n4\n$/],
  ])('%s runs as it stands', async (name, output) => {
    expect(await runExample(name)).toMatch(output)
  })
})
