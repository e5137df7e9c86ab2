import { describe, expect, it } from 'vitest'
import { branches, type Fact } from '../../src/journal/index.ts'
import { abc, completed, created, moved, opened, refusedTurn, rewoundToA, settled, viewOf } from './fixtures.ts'

const branchesOf = (turnId: string, ...facts: readonly Fact[]) => branches(viewOf(...facts), turnId)
const free = { status: 'completed', obstacle: null }

describe('the branches of a turn', () => {
  it('are only the turn itself if it has no siblings', () => {
    expect(branchesOf('b', ...abc)).toEqual([{ turnId: 'b', ...free, current: true, tip: 'c' }])
  })

  it('are all turns with the same parent, in the order in which they settled', () => {
    const facts = [...abc, ...completed('d', 'a'), ...completed('e', 'd')]
    const both = [
      { turnId: 'b', ...free, current: false, tip: 'c' },
      { turnId: 'd', ...free, current: true, tip: 'e' },
    ]
    expect(branchesOf('b', ...facts)).toEqual(both)
    expect(branchesOf('d', ...facts)).toEqual(both)
    expect(branchesOf('a', ...facts)).toMatchObject([{ turnId: 'a', tip: 'e' }])
  })

  it('at the root are those without a parent', () => {
    expect(branchesOf('a', ...abc, ...completed('d', null)).map(({ turnId }) => turnId)).toEqual(['a', 'd'])
  })

  it('have the open turn last, which is current and cannot be switched to yet', () => {
    const facts = [...abc, opened('d', 'a')]
    expect(branchesOf('b', ...facts)).toMatchObject([
      { turnId: 'b', current: true },
      { turnId: 'd', status: 'open', current: true, tip: null, obstacle: 'turn-unknown' },
    ])
    expect(branchesOf('d', ...facts)).toHaveLength(2)
  })

  it('mark the one with head as current', () => {
    const facts = [...abc, ...completed('d', 'a'), moved('d', 'c')]
    expect(branchesOf('b', ...facts).map(({ current }) => current)).toEqual([true, false])
  })

  it('end at the newest descendant, not at head', () => {
    const facts = [...abc, ...completed('d', 'b'), moved('d', 'a')]
    expect(branchesOf('b', ...facts)).toMatchObject([{ current: false, tip: 'd' }])
  })

  it('contain a refused turn, which cannot be switched to', () => {
    const facts = [...abc, ...refusedTurn('x', 'a')]
    expect(branchesOf('x', ...facts)).toMatchObject([
      { turnId: 'b', obstacle: null },
      { turnId: 'x', status: 'refused', current: false, tip: null, obstacle: 'turn-quarantined' },
    ])
  })

  it('contain a turn that was not kept', () => {
    const facts = [...abc, opened('d', 'b'), settled('d', 'stopped', { kept: false })]
    expect(branchesOf('d', ...facts)).toMatchObject([{ turnId: 'c' }, { tip: null, obstacle: 'turn-not-kept' }])
  })

  it('contain a withdrawn turn, which needs force', () => {
    expect(branchesOf('b', ...rewoundToA)).toMatchObject([{ current: false, tip: null, obstacle: 'turn-withdrawn' }])
    const forced = [...rewoundToA, moved('a', 'b', { force: true })]
    expect(branchesOf('b', ...forced)).toMatchObject([{ current: true, tip: 'b', obstacle: null }])
  })

  it('do not end in a turn that cannot be switched to', () => {
    expect(branchesOf('b', ...abc, ...refusedTurn('x', 'c'))).toMatchObject([{ tip: 'c' }])
    expect(branchesOf('c', ...abc, opened('d', 'c'))).toMatchObject([{ tip: 'c' }])
    const dropped = [opened('d', 'c'), settled('d', 'stopped', { kept: false })]
    expect(branchesOf('c', ...abc, ...dropped)).toMatchObject([{ tip: 'c' }])
  })

  it('of an unknown turn are an empty list', () => {
    expect(branchesOf('z', ...abc)).toEqual([])
    expect(branchesOf('z', created)).toEqual([])
  })
})
