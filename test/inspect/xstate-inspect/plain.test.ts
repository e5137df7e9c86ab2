// Any value that an app, a tool or a model puts into events and contexts can be shown, and none crashes the app.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNestedDeeper } from '../../../src/journal/index.ts'
import { toPlain } from '../../../src/inspect/xstate-inspect/plain.ts'
import { endsSomewhere, hostile } from './hostile-values.ts'

describe('a JSON-compatible copy', () => {
  it.each(hostile)('can be made of %s', (_, value, expected) => {
    expect(toPlain(value)).toEqual(expected)
    expect(() => JSON.stringify(toPlain({ value }))).not.toThrow()
  })

  it.each(endsSomewhere)('of %s is small, and marks where it ends', (_, value) => {
    const copy = toPlain(value)
    expect(isNestedDeeper(copy, 129)).toBe(false)
    const json = JSON.stringify(copy)
    expect(json.length).toBeLessThan(2_000_000)
    expect(json).toMatch(/\[Nested too deeply\]|\[2 fields\]/)
  })

  it('is never larger than its limits, whatever the value is', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withObjectString: true,
          withSparseArray: true,
        }),
        (value) => {
          const limits = { levels: 3, values: 20, text: 10, texts: 40 }
          const copy = toPlain(value, limits)
          expect(isNestedDeeper(copy, 3)).toBe(false)
          // 20 values, each a marker, or a name and a marker.
          expect((JSON.stringify(copy) ?? '').length).toBeLessThan(20 * 80)
        },
      ),
    )
  })

  it('keeps the outer levels and the newest items of a list when there is no room for everything', () => {
    const copy = toPlain(
      { list: ['the oldest', 'newer', 'newest'], deep: { deeper: { text: 'x'.repeat(10) } }, id: 'c1' },
      { texts: 34 },
    )
    expect(copy).toEqual({
      list: ['[10 characters]', 'newer', 'newest'],
      deep: { deeper: { text: '[10 characters]' } },
      id: 'c1',
    })
  })
})
