import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Allowance } from '../../../src/inspect/xstate-inspect/allowance.ts'

describe('an allowance', () => {
  it('grants in any interval at most its capacity plus the refill of that interval', () => {
    const asked = fc.array(fc.record({ after: fc.nat(2_000), amount: fc.nat(20) }), { maxLength: 60 })
    fc.assert(
      fc.property(asked, (all) => {
        const rate = { most: 50, perSecond: 10 }
        let now = 0
        const allowance = new Allowance(rate, () => now)
        const given: { readonly at: number; readonly amount: number }[] = []
        for (const { after, amount } of all) {
          now += after
          if (allowance.take(amount)) given.push({ at: now, amount })
        }
        for (const [index, { at: from }] of given.entries()) {
          let sum = 0
          for (const { at, amount } of given.slice(index)) {
            sum += amount
            expect(sum).toBeLessThanOrEqual(rate.most + ((at - from) / 1_000) * rate.perSecond + 1e-6)
          }
        }
      }),
    )
  })

  it('refills to its capacity, and never beyond', () => {
    let now = 0
    const allowance = new Allowance({ most: 5, perSecond: 1 }, () => now)
    expect([allowance.take(5), allowance.take(1)]).toEqual([true, false])
    now = 3_000
    expect([allowance.take(4), allowance.take(3), allowance.take(1)]).toEqual([false, true, false])
    now = 1_000_000
    expect([allowance.take(6), allowance.take(5)]).toEqual([false, true])
  })
})
