import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNestedDeeper, readJson } from '../../src/journal/index.ts'
import { nestedJson } from '../nested.ts'

/** Strings full of characters that are special in JSON. */
const confusing = fc.string({ unit: fc.constantFrom('"', '\\', '[', '{', '}', ']', ',', 'a', '\u2028', '😀') })
const values = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme' })
const withConfusingStrings = fc.object({ key: confusing, values: [confusing, fc.integer()], maxDepth: 5 })

/** The number of objects, arrays and commas between their items. */
const countOf = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0
  const items = Object.values(value)
  return 1 + Math.max(0, items.length - 1) + items.reduce<number>((sum, item) => sum + countOf(item), 0)
}

const why = (text: string, limits?: Parameters<typeof readJson>[1]): unknown => {
  try {
    readJson(text, limits)
    return null
  } catch (error) {
    return error
  }
}

describe('readJson()', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.oneof(values, withConfusingStrings), fc.constantFrom(undefined, 2), (value, space) => {
        const json = JSON.stringify(value, null, space)
        expect(readJson(json)).toEqual(JSON.parse(json))
      }),
    )
  })

  it('throws the SyntaxError of JSON.parse for what is not JSON', () => {
    fc.assert(
      fc.property(fc.oneof(confusing, fc.string()), (text) => {
        let expected: unknown
        try {
          JSON.parse(text)
        } catch (error) {
          expected = error
        }
        expect(why(text)).toEqual(expected ?? null)
      }),
    )
  })

  it('accepts exactly the given number of levels', () => {
    fc.assert(
      fc.property(fc.oneof(values, withConfusingStrings), fc.integer({ min: 0, max: 8 }), (value, levels) => {
        const json = JSON.stringify(value)
        expect(why(json, { levels }) instanceof RangeError).toBe(isNestedDeeper(JSON.parse(json), levels))
      }),
    )
  })

  it('counts objects, arrays and items, but nothing inside of a string', () => {
    fc.assert(
      fc.property(withConfusingStrings, (value) => {
        const json = JSON.stringify(value)
        const count = countOf(JSON.parse(json))
        expect(why(json, { values: count })).toBeNull()
        expect(why(json, { values: count - 1 })).toBeInstanceOf(RangeError)
      }),
    )
  })

  it('names the limit that a text exceeds', () => {
    expect(why(nestedJson(129))).toEqual(new RangeError('it is nested deeper than 128 levels'))
    expect(why('[1,2,3]', { characters: 6 })).toEqual(new RangeError('it is longer than 6 characters'))
    expect(why('[1,2,3]', { values: 2 })).toEqual(new RangeError('it has more than 2 values'))
  })

  it.each([
    ['a million opening brackets', '['.repeat(1_000_000)],
    ['a million nested objects', '{"a":'.repeat(1_000_000)],
    ['a million nested arrays, closed', '['.repeat(1_000_000) + ']'.repeat(1_000_000)],
  ])('rejects %s without parsing them', (_, text) => {
    expect(why(text)).toBeInstanceOf(RangeError)
  })

  it.each([
    ['quotation marks behind backslashes', (size: number) => `"${'\\"'.repeat(size)}"`],
    ['backslashes', (size: number) => `"${'\\\\'.repeat(size)}"`],
    ['an unterminated string', (size: number) => `"${'\\"'.repeat(size)}`],
    ['closing brackets', (size: number) => ']'.repeat(size)],
  ])('takes linear time for a text of %s', (_, make) => {
    const text = make(2_000_000)
    const before = performance.now()
    why(text)
    // Quadratic time would be hours.
    expect(performance.now() - before).toBeLessThan(2_000)
  })
})
