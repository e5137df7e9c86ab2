import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyView, type Fact, fold, journalVersion, numbered, appendFacts, step } from '../../src/journal/index.ts'
import { abc, completed, opened, thrownBy } from './fixtures.ts'
import { check, program } from './programs.ts'
import { runs } from '../runs.ts'

const stored = (facts: readonly unknown[]): readonly unknown[] => JSON.parse(JSON.stringify(facts))

/** The view without the format that it was loaded from. */
const withoutFormat = ({ format: _format, ...view }: ReturnType<typeof fold>) => view

/** A numbered journal of any conversation, and two positions in it. */
const journals = fc
  .tuple(program, fc.nat(), fc.nat())
  .map(([facts, a, b]) => ({ facts: numbered(facts, 0), a: a % facts.length, b: b % facts.length }))

const isDamaged = (facts: readonly unknown[]) => {
  for (const form of [facts, stored(facts)])
    expect(thrownBy(() => fold(form))).toMatchObject({ code: 'journal-damaged' })
}

const damage = (
  name: string,
  change: (journal: { readonly facts: readonly Fact[]; a: number; b: number }) => readonly Fact[] | null,
) =>
  it(name, () => {
    fc.assert(
      fc.property(journals, (journal) => {
        const changed = change(journal)
        fc.pre(changed !== null)
        isDamaged(changed ?? [])
      }),
      { numRuns: runs(100) },
    )
  })

describe('a journal of the second format', () => {
  check('loads to the same view as its facts without numbers, also from JSON', (facts) => {
    const view = withoutFormat(fold(facts))
    expect(withoutFormat(fold(numbered(facts, 0)))).toEqual(view)
    expect(withoutFormat(fold(stored(numbered(facts, 0))))).toEqual(view)
  })

  damage('is damaged when a fact other than the last is missing', ({ facts, a }) =>
    a === facts.length - 1 ? null : facts.filter((_, index) => index !== a),
  )

  damage('is damaged when a fact is duplicated, adjacent or not', ({ facts, a, b }) => {
    const at = Math.max(a, b)
    const [fact] = facts.slice(Math.min(a, b))
    return fact ? [...facts.slice(0, at + 1), fact, ...facts.slice(at + 1)] : null
  })

  damage('is damaged when two facts are swapped', ({ facts, a, b }) => {
    const [first, second] = [facts[a], facts[b]]
    if (a === b || !first || !second) return null
    return facts.map((fact, index) => (index === a ? second : index === b ? first : fact))
  })

  it('may be cut off at any fact, and then loads up to it', () => {
    fc.assert(
      fc.property(journals, ({ facts, a }) => {
        expect(fold(facts.slice(0, a + 1)).revision).toBe(a + 1)
      }),
    )
  })

  it('may continue a journal of the first format, and then has only numbered facts', () => {
    const on = [...abc, ...numbered(completed('d', 'c'), abc.length)]
    expect(fold(on)).toMatchObject({ head: 'd', format: journalVersion })
    expect(String(thrownBy(() => fold([...on, opened('e', 'd')])))).toContain('it has no number')
  })

  it('has a number in each fact that has its format', () => {
    const { seq: _seq, ...rest } = numbered([opened('d', 'c')], abc.length)[0] ?? { seq: 0 }
    expect(String(thrownBy(() => fold([...abc, rest])))).toContain('it has no number')
  })

  it('names the expected number in its error', () => {
    const [late] = numbered([opened('d', 'c')], abc.length + 1)
    expect(String(thrownBy(() => fold([...abc, late])))).toContain(
      `it is number ${abc.length + 1}, where number ${abc.length} is due`,
    )
  })
})

describe('a recorded journal', () => {
  it('loads to the view of its recording, in any batches', () => {
    fc.assert(
      fc.property(program, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (facts, sizes) => {
        let view = emptyView
        const journal: unknown[] = []
        for (let at = 0, turn = 0; at < facts.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1
          const recorded = appendFacts(view, facts.slice(at, at + size))
          journal.push(...stored(recorded.stored))
          view = recorded.view
          at += size
        }
        expect(fold(journal)).toEqual(view)
        expect(withoutFormat(view)).toEqual(withoutFormat(facts.reduce(step, emptyView)))
      }),
      { numRuns: runs(67) },
    )
  })

  it('has its numbers and its format', () => {
    const view = fold(abc)
    expect(appendFacts(view, completed('d', 'c')).stored).toEqual(
      completed('d', 'c').map((fact, index) => ({ ...fact, seq: abc.length + index, v: journalVersion })),
    )
  })

  it('is empty without facts', () => {
    const view = fold(abc)
    expect(appendFacts(view, [])).toEqual({ view, stored: [] })
  })

  it('is valid: a fact that could not be read is not written', () => {
    const bad = { ...opened('d', 'c'), at: '2026' } as unknown as Fact
    expect(thrownBy(() => appendFacts(fold(abc), [bad]))).toMatchObject({ code: 'internal-error' })
  })
})
