import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { weigh } from '../../src/inspect/wire/weigh.ts'

describe('the weight of a value', () => {
  it('grows with its content, and does not depend on the limit of counting', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.nat(2_000), (one, other, most) => {
        const bytes = weigh(one)
        expect(weigh([one, other])).toBeGreaterThan(bytes + weigh(other))
        expect(weigh({ one })).toBeGreaterThan(bytes)
        expect(weigh(one, most)).toBe(bytes > most ? Number.POSITIVE_INFINITY : bytes)
      }),
    )
  })

  it('is two bytes per character of a string, and a little more', () => {
    expect(weigh('x'.repeat(1_000)) - weigh('')).toBe(2_000)
    expect(weigh('')).toBeLessThan(100)
  })

  const itself: unknown[] = []
  itself.push(itself)
  let deep: unknown = 'deep'
  for (let level = 0; level < 100_000; level++) deep = [deep]

  it.each<readonly [string, unknown]>([
    ['contains itself', itself],
    ['nests 100,000 levels deep', deep],
    ['is a bigint', { n: 10n }],
    [
      'throws when it is read',
      Object.defineProperty({}, 'x', {
        enumerable: true,
        get: () => {
          throw new Error('no')
        },
      }),
    ],
    ['has a toJSON', { toJSON: () => 'other' }],
    ['is a list with too many items', Array.from({ length: 1_000_000 }, () => 0)],
  ])('is infinite for a value that %s', (_, value) => {
    expect(weigh(value, 1_000_000)).toBe(Number.POSITIVE_INFINITY)
  })
})
