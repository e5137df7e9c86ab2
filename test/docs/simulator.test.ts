import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { apiFaults } from '../../src/testing/index.ts'
import { ruleNames } from '../../src/testing/rules/all-rules.ts'

const page = readFileSync(new URL('../../docs/simulator.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| rule '))
  .map((line) => line.split(' | ').map((cell) => cell.replaceAll(/^\| | \|$/g, '').trim()))

it('the page about the simulator lists its rules, all of them and in their order', () => {
  expect(rows.map(([rule]) => rule)).toEqual(ruleNames)
})

it('and says of each where it comes from', () => {
  for (const [rule, what, from] of rows) {
    expect(what, rule).not.toBe('')
    expect(from, rule).toMatch(/documented|reported/)
  }
})

it('names only errors that scripts know', () => {
  const named = [...page.matchAll(/(?:apiError|streamError)\('([^']+)'/g)].map(([, name]) => name)
  expect(named.length).toBeGreaterThan(0)
  for (const name of named) expect(apiFaults).toContain(name)
})
