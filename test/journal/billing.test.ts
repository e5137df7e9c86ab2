import { describe, expect, it } from 'vitest'
import { billingOf } from '../../src/journal/billing.ts'
import { type Billing, billingRules, noUsage } from '../../src/journal/index.ts'

const refusedFor = (category: string | null, textShown: boolean, outputTokens = 1) =>
  billingOf({ category, explanation: null, textShown }, { ...noUsage, outputTokens })

describe('whether a refusal is charged', () => {
  it.each<readonly [string | null, Billing]>([
    ['bio', 'billed'],
    ['frontier_llm', 'billed'],
    ['reasoning_extraction', 'billed'],
    ['cyber', 'not-billed'],
    ['general_harms', 'not-billed'],
    [null, 'not-billed'],
    ['of_tomorrow', 'unknown'],
    ['', 'unknown'],
    ['null', 'unknown'],
  ])('depends on its category before any output: %s is %s', (category, billing) => {
    expect(refusedFor(category, false)).toBe(billing)
  })

  it.each(['bio', 'cyber', 'general_harms', null, 'of_tomorrow'])(
    'does not depend on it after some: %s is billed',
    (category) => {
      expect(refusedFor(category, true)).toBe('billed')
    },
  )

  it.each(['bio', 'cyber', 'general_harms', null, 'of_tomorrow'])(
    'does not depend on it after thinking that was not shown: %s is billed',
    (category) => {
      expect(refusedFor(category, false, 2)).toBe('billed')
    },
  )

  it.each([0, 1])('counts %i output tokens as no output', (outputTokens) => {
    expect(refusedFor('cyber', false, outputTokens)).toBe('not-billed')
  })
})

describe('the billing rules', () => {
  it('are data with the month from which they apply and the month of their source', () => {
    expect(JSON.parse(JSON.stringify(billingRules))).toEqual(billingRules)
    for (const month of [billingRules.asOf, billingRules.since]) expect(month).toMatch(/^\d{4}-\d{2}$/)
    expect(billingRules.since <= billingRules.asOf).toBe(true)
  })

  it('name each category once', () => {
    const { billed, notBilled } = billingRules.beforeOutput
    const all = [...billed, ...notBilled]
    expect(new Set(all).size).toBe(all.length)
  })
})
