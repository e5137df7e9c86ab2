import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepestNesting, deepFreeze, isNestedDeeper } from '../../src/journal/index.ts'
import { nested } from '../nested.ts'

/** The nesting depth of objects and arrays, counted recursively. */
const levelsOf = (value: unknown): number =>
  typeof value !== 'object' || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(levelsOf))

describe('data', () => {
  it('is nested too deeply exactly when it has more levels than the limit', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat(8), (value, most) => {
        expect(isNestedDeeper(value, most)).toBe(levelsOf(value) > most)
      }),
    )
  })

  it.each([
    [deepestNesting, false],
    [deepestNesting + 1, true],
    [1_000_000, true],
  ])('of %i levels is measured without recursion: nested too deeply is %s', (levels, isDeep) => {
    expect(isNestedDeeper(nested(levels))).toBe(isDeep)
  })

  it('with cycles of any form is nested too deeply', () => {
    const self: Record<string, unknown> = {}
    Object.assign(self, { a: self, b: self, c: [self, self] })
    expect(isNestedDeeper(self)).toBe(true)
  })

  it('is frozen completely, however deep and wide', () => {
    const deep = nested(100_000)
    const wide = Array.from({ length: 300_000 }, () => ({}))
    deepFreeze({ deep, wide })
    expect(wide.every((item) => Object.isFrozen(item))).toBe(true)
    let level: unknown = deep
    while (typeof level === 'object' && level !== null && 'a' in level) {
      if (!Object.isFrozen(level)) break
      level = level.a
    }
    expect(level).toEqual({})
  })
})
