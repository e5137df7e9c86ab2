import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addUsage, type Counts, countedAgain, noUsage, type Usage } from '../../src/journal/index.ts'

const count = fc.nat({ max: 1_000_000 })
const requests = fc.dictionary(
  fc.constantFrom('web_search', 'web_fetch', 'of_tomorrow', '__proto__'),
  fc.integer({ min: 1, max: 9 }),
  {
    maxKeys: 3,
  },
)
/** Counts from a source, of which some may be missing or zero. */
const counts: fc.Arbitrary<Counts> = fc.record(
  {
    inputTokens: count,
    outputTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    cacheWrite1hTokens: count,
    thinkingTokens: count,
    toolRequests: requests,
  },
  { requiredKeys: [] },
)
const usage: fc.Arbitrary<Usage> = counts.map((given) => countedAgain(noUsage, given))

const numbers = ({ estimated: _estimated, toolRequests = {}, ...rest }: Usage): ReadonlyMap<string, number> =>
  new Map([...Object.entries(rest), ...Object.entries(toolRequests).map(([tool, n]) => [`tool ${tool}`, n] as const)])

describe('repeated counts of one request', () => {
  it('give the same result in any order and with repetition', () => {
    fc.assert(
      fc.property(usage, counts, counts, (before, one, other) => {
        const once = countedAgain(countedAgain(before, one), other)
        expect(countedAgain(countedAgain(before, other), one)).toEqual(once)
        expect(countedAgain(countedAgain(once, one), other)).toEqual(once)
      }),
    )
  })

  it('never decrease, and never exceed the largest count received', () => {
    fc.assert(
      fc.property(usage, counts, (before, later) => {
        const after = numbers(countedAgain(before, later))
        const given = numbers({ ...noUsage, ...later })
        for (const [name, value] of numbers(before)) expect(after.get(name)).toBeGreaterThanOrEqual(value)
        for (const [name, value] of after)
          expect(value).toBe(Math.max(numbers(before).get(name) ?? 0, given.get(name) ?? 0))
      }),
    )
  })

  it.each([-1, Number.NaN, Infinity, '7', null])('are ignored when they are invalid: %s', (value) => {
    const before: Usage = { ...noUsage, inputTokens: 5, toolRequests: { web_search: 1 } }
    const wrong = {
      inputTokens: value,
      outputTokens: value,
      thinkingTokens: value,
      toolRequests: { web_search: value },
    }
    expect(countedAgain(before, wrong as unknown as Counts)).toEqual(before)
  })
})

describe('the usage of several requests', () => {
  it('is the sum of each count, in any order', () => {
    fc.assert(
      fc.property(usage, usage, usage, (a, b, c) => {
        expect(addUsage(addUsage(a, b), c)).toEqual(addUsage(a, addUsage(b, c)))
        expect(addUsage(a, b)).toEqual(addUsage(b, a))
        expect(addUsage(a, noUsage)).toEqual(a)
        const [left, right] = [numbers(a), numbers(b)]
        for (const [name, value] of numbers(addUsage(a, b)))
          expect(value).toBe((left.get(name) ?? 0) + (right.get(name) ?? 0))
      }),
    )
  })

  it('is estimated when one of them is', () => {
    const cut: Usage = { ...noUsage, estimated: true }
    for (const sum of [addUsage(cut, noUsage), addUsage(noUsage, cut)]) expect(sum.estimated).toBe(true)
    expect(addUsage(noUsage, noUsage)).not.toHaveProperty('estimated')
  })
})
