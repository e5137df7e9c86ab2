import { describe, expect, it } from 'vitest'
import { rowsOf, type Row } from '../../src/inspect/log/turn-rows.ts'
import { type Fact, fold } from '../../src/journal/index.ts'
import { abc, completed, created, moved, opened, refusedTurn, rewoundToA } from '../journal/fixtures.ts'
import { asRecords } from './fixtures.ts'

const rowsFor = (facts: readonly Fact[]) => rowsOf(fold(facts), asRecords(facts))

const brief = (row: Row): string =>
  row.kind === 'move'
    ? `${row.cause} ${row.policy ?? '-'} ${row.from ?? 'root'} → ${row.to ?? 'root'} left ${row.left.join(',') || '-'}`
    : `${row.number} ${row.turn.status} lane ${row.lane}${row.isHead ? ' head' : ''}${row.isRefused ? ' refused' : ''}${row.isWithdrawn ? ' withdrawn' : ''}`

describe('rows of turns', () => {
  it('are in the order in which turns were opened, with head marked', () => {
    expect(rowsFor(abc).map(brief)).toEqual(['1 completed lane 0', '2 completed lane 0', '3 completed lane 0 head'])
  })

  it('show messages and replies in short form', () => {
    expect(rowsFor(abc)[0]).toMatchObject({ words: 'Question a', answer: 'Answer a' })
  })

  it('show a refused turn next to the path, and its reset with the withdrawn turns', () => {
    const facts = [...abc, ...refusedTurn('x', 'c')]
    expect(rowsFor(facts).map(brief).at(-1)).toBe('4 refused lane 1 refused')
    const reset = moved('c', 'b', { cause: 'refusal', policy: { rewind: 1 }, turnId: 'x', withdrawn: ['c'] })
    expect(rowsFor([...facts, reset]).map(brief)).toEqual([
      '1 completed lane 0',
      '2 completed lane 0 head',
      '3 completed lane 1 withdrawn',
      '4 refused lane 2 refused',
      'refusal rewind 1 3 → 2 left 4,3',
    ])
  })

  it('show a clear as head at the root', () => {
    const cleared = [...abc, moved('c', null, { cause: 'clear', withdrawn: ['a', 'b', 'c'] })]
    expect(rowsFor(cleared).map(brief).at(-1)).toBe('clear - 3 → root left 1,2,3')
    expect(rowsFor(cleared).some((row) => row.kind === 'turn' && row.isHead)).toBe(false)
  })

  it('name each policy', () => {
    const policies = [
      ['drop-turn', 'drop-turn'],
      [{ rewind: 'all' }, 'rewind all'],
      [{ fallback: 'm2', from: 'this-turn' }, 'fallback to m2'],
      [{ rephrase: 'secret' }, 'rephrase'],
    ] as const
    for (const [policy, name] of policies) {
      const facts = [created, ...refusedTurn('x', null), moved(null, null, { cause: 'refusal', policy, turnId: 'x' })]
      expect(rowsFor(facts).at(-1)).toMatchObject({ kind: 'move', policy: name })
    }
  })

  it('show the open turn on the path', () => {
    expect(
      rowsFor([...abc, opened('d', 'c')])
        .map(brief)
        .at(-1),
    ).toBe('4 open lane 0')
  })

  it('show a branch next to the path, with all its turns at one depth of at most four', () => {
    const branch = ['b', 'c', 'd', 'e', 'f', 'g'].flatMap((id, index, ids) => completed(id, ids[index - 1] ?? 'a'))
    const facts = [created, ...completed('a', null), ...branch, moved('g', 'a')]
    const lanes = rowsFor(facts).flatMap((row) => (row.kind === 'turn' ? [row.lane] : []))
    expect(lanes).toEqual([0, 1, 2, 3, 4, 4, 4])
  })

  it('mark withdrawn turns', () => {
    expect(rowsFor(rewoundToA).map(brief)).toEqual([
      '1 completed lane 0 head',
      '2 completed lane 1 withdrawn',
      '3 completed lane 2 withdrawn',
      'clear - 3 → 1 left 2,3',
    ])
  })

  it('contain each turn and each move once', () => {
    const rows = rowsFor([...rewoundToA, ...completed('d', 'a')])
    expect(rows.map(({ index }) => index)).toEqual([...new Set(rows.map(({ index }) => index))])
    expect(rows).toHaveLength(5)
  })
})
