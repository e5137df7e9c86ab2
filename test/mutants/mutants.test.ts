import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { instrument } from './instrument.ts'
import type { Mutant } from './mutant.ts'
import { readOptions } from './options.ts'
import { describe, interval, scoreTable, type Fate, type Result } from './report.ts'
import { sample } from './sample.ts'

const root = mkdtempSync(join(tmpdir(), 'turnstate-instrument-'))
afterEach(() => rmSync(root, { recursive: true, force: true }))

it('the instrumenter lists each mutant with its place and text, and leaves sentences alone', async () => {
  mkdirSync(join(root, 'src'), { recursive: true })
  const code =
    "export const name = 'id'\nexport const words = 'what went wrong'\nexport const more = (n: number) => n > 1\n"
  writeFileSync(join(root, 'src/a.ts'), code)

  const mutants = await instrument(`${root}/`, ['src/a.ts'], join(root, 'out'))

  expect(new Set(mutants.map(({ file }) => file))).toEqual(new Set(['src/a.ts']))
  expect(mutants.map(({ line, before, after }) => `${line}: ${before} → ${after}`)).toEqual(
    expect.arrayContaining([`1: 'id' → ""`, '3: n > 1 → true', '3: n > 1 → n >= 1', '3: n > 1 → n <= 1']),
  )
  expect(mutants.filter(({ line }) => line === 2)).toEqual([])
  expect(readFileSync(join(root, 'out/src/a.ts'), 'utf8')).toContain('stryMutAct')
})

it('a seed draws the same sample again, another seed another one, and no item comes twice', () => {
  const items = Array.from({ length: 100 }, (_, index) => index)
  expect(sample(items, 30, 7)).toEqual(sample(items, 30, 7))
  expect(sample(items, 30, 8)).not.toEqual(sample(items, 30, 7))
  expect(new Set(sample(items, 200, 7)).size).toBe(100)
})

const mutant = (file: string, line: number): Mutant => ({
  id: `${file}${line}`,
  file,
  line,
  kind: 'ConditionalExpression',
  before: 'a\n  && b',
  after: 'true',
})

it('the score counts a time-out as killed, and a mutant that no test reaches as survived', () => {
  const mutants = [mutant('machines/a.ts', 1), mutant('src/journal/b.ts', 5), mutant('src/journal/b.ts', 3)]
  const fates: readonly Fate[] = ['timed out', 'unreached', 'killed']
  const results = mutants.map((one, index) => ({ mutant: one, fate: fates[index] ?? 'survived' }))

  const table = scoreTable(results, mutants)
  expect(table).toContain('| **machines/** | 1 | 1 | 1 | 100.0 % |')
  expect(table).toContain('| src/journal/b.ts | 2 | 2 | 1 | 50.0 % |')
  expect(results.map(describe)[1]).toBe('src/journal/b.ts:5  a && b → true  (no test reaches it)')
})

it('the interval of a sample narrows as more mutants run', () => {
  const of = (killed: number, survived: number): readonly Result[] => [
    ...Array.from({ length: killed }, () => ({ mutant: mutant('a.ts', 1), fate: 'killed' as const })),
    ...Array.from({ length: survived }, () => ({ mutant: mutant('a.ts', 1), fate: 'survived' as const })),
  ]
  expect(interval(of(9, 1))).toEqual([59, 99])
  expect(interval(of(900, 100))).toEqual([87, 92])
})

it('options that are no whole numbers are turned down by name', () => {
  expect(() => readOptions(['--sample', 'many'])).toThrow('--sample takes a whole number, not "many"')
  expect(readOptions(['--files', 'src/journal/**']).files).toEqual(['src/journal/'])
})
