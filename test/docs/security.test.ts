import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { securityUrl, withAttacks } from '../scripts/readme.ts'

const page = readFileSync(securityUrl, 'utf8')
const folder = new URL('../attacks/', import.meta.url)

it('the page about security has the table of attacks as the tests found it (node --import tsx test/scripts/readme.ts mends it)', () => {
  expect(page).toBe(withAttacks(page))
})

it('each surface that is attacked has its part of the table', () => {
  const surfaces = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => [...readFileSync(new URL(name, folder), 'utf8').matchAll(/attackSurface\(\s*'([^']+)'/g)])
    .map(([, surface]) => surface ?? '')
  expect(surfaces.length).toBeGreaterThan(0)
  for (const surface of surfaces) expect(page).toContain(`| ${surface} |`)
})
