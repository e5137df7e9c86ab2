import { describe, expect, it } from 'vitest'
import { noUsage, type Price, priceOf, type Prices, type Usage } from '../../src/journal/index.ts'
import { costOf, unpricedOf } from '../../src/journal/prices.ts'

const price: Price = { input: 5, output: 25 }
const other: Price = { input: 1, output: 2 }
const opus: Prices = { 'claude-opus-4-8': price }

describe('the price of a model', () => {
  it('is that of the name that served, if it has one', () => {
    const prices = { ...opus, 'my-alias': other }
    expect(priceOf('claude-opus-4-8', prices, 'my-alias')).toBe(price)
  })

  it('is otherwise that of the requested name', () => {
    expect(priceOf('claude-opus-4-8-20260101', { 'my-alias': other }, 'my-alias')).toBe(other)
  })

  it('of the requested name takes precedence over that of the family', () => {
    expect(priceOf('claude-opus-4-8-20260101', { ...opus, 'my-alias': other }, 'my-alias')).toBe(other)
  })

  it.each([
    'claude-opus-4-8-20260101',
    'claude-opus-4-8@20260101',
    'claude-opus-4-8-latest',
    'claude-opus-4-8@default',
    'claude-opus-4.8',
    'anthropic/claude-opus-4.8',
    'anthropic.claude-opus-4-8',
    'anthropic.claude-opus-4-8-v1',
    'anthropic.claude-opus-4-8-v1:0',
    'us.anthropic.claude-opus-4-8-20260101-v1:0',
    'global.anthropic.claude-opus-4-8-20260101-v1:0:200k',
    'publishers/anthropic/models/claude-opus-4-8@20260101',
    'projects/p1/locations/us-east5/publishers/anthropic/models/claude-opus-4-8',
    'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8-20260101-v1:0',
    'arn:aws:bedrock:eu-west-1::foundation-model/anthropic.claude-opus-4-8-v1:0',
  ])('is otherwise that of its family: %s', (name) => {
    expect(priceOf(name, opus)).toBe(price)
    expect(priceOf('of-somewhere-else', opus, name)).toBe(price)
    // The app may set the price under any of the names.
    expect(priceOf('claude-opus-4-8', { [name]: price })).toBe(price)
  })

  it.each([
    ['claude-opus-4-5', 'claude-opus-4'],
    ['claude-opus-4', 'claude-opus-4-5'],
    ['claude-opus-4-20250514', 'claude-opus-4-5'],
    ['claude-opus-latest', 'claude-opus-4-8'],
    ['claude-sonnet-4-8', 'claude-opus-4-8'],
    ['not-claude-opus-4-8', 'claude-opus-4-8'],
    ['anthropic.claude-v2:1', 'anthropic.claude-v1'],
    ['arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123', 'claude-opus-4-8'],
    ['', 'claude-opus-4-8'],
  ])('is never that of another family: %s and %s', (name, priced) => {
    expect(priceOf(name, { [priced]: price })).toBeUndefined()
  })

  it('of one dated version does not apply to another date', () => {
    const dated = { 'claude-opus-4-8-20260101': price, 'claude-opus-4-8': other }
    expect(priceOf('us.anthropic.claude-opus-4-8-20260101-v1:0', dated)).toBe(price)
    expect(priceOf('claude-opus-4-8-20260202', dated)).toBe(other)
    expect(priceOf('claude-opus-4-8-20260202', { 'claude-opus-4-8-20260101': price })).toBeUndefined()
  })

  it('of the only dated version applies to the undated name', () => {
    expect(priceOf('claude-opus-4-8', { 'claude-opus-4-8-20260101': price })).toBe(price)
    const two = { 'claude-opus-4-8-20260101': price, 'claude-opus-4-8-20260202': other }
    expect(priceOf('claude-opus-4-8', two)).toBeUndefined()
  })
})

const million: Usage = {
  inputTokens: 1_000_000,
  outputTokens: 1_000_000,
  cacheReadTokens: 1_000_000,
  cacheWriteTokens: 3_000_000,
  cacheWrite1hTokens: 1_000_000,
}
const searched: Usage = { ...noUsage, toolRequests: { web_search: 500, web_fetch: 3, code_execution: 20 } }

describe('the cost of usage', () => {
  it('uses a separate price for one-hour cache writes', () => {
    const cached: Price = { input: 4, output: 20, cacheRead: 1, cacheWrite: 5, cacheWrite1h: 8 }
    expect(costOf(million, undefined, cached)).toBe(4 + 20 + 1 + 2 * 5 + 8)
    expect(unpricedOf(million, undefined, cached)).toEqual([])
  })

  it('counts one-hour cache writes as ordinary writes without that price, and reports it', () => {
    expect(costOf(million, undefined, { ...price, cacheWrite: 6 })).toBe(5 + 25 + 5 + 3 * 6)
    expect(unpricedOf(million, undefined, price)).toEqual([{ what: 'cacheWrite1h', amount: 1_000_000 }])
  })

  it('counts web searches per thousand, and other tools by name', () => {
    const tools: Price = { ...price, webSearch: 10, tools: { code_execution: 50 } }
    expect(costOf(searched, undefined, tools)).toBe(5 + 1)
    expect(unpricedOf(searched, undefined, tools)).toEqual([])
  })

  it('omits tools without a price and reports them, except web_fetch, which costs its tokens', () => {
    expect(costOf(searched, undefined, price)).toBe(0)
    expect(unpricedOf(searched, undefined, price)).toEqual([
      { what: 'tool:web_search', amount: 500 },
      { what: 'tool:code_execution', amount: 20 },
    ])
  })

  it('is multiplied by the factor of the service terms, except for tool requests', () => {
    const terms = { serviceTier: 'priority', speed: 'fast', inferenceGeo: 'us' }
    const factors = { serviceTier: { priority: 2 }, speed: { fast: 6 }, inferenceGeo: { us: 1.1 } }
    const usage: Usage = { ...searched, inputTokens: 1_000_000 }
    const priced: Price = { ...price, webSearch: 10, tools: { code_execution: 0 }, factors }
    expect(costOf(usage, terms, priced)).toBeCloseTo(5 * 2 * 6 * 1.1 + 5, 10)
    expect(unpricedOf(usage, terms, priced)).toEqual([])
  })

  it('is unchanged on terms without a factor, which are reported unless they are standard', () => {
    const usage: Usage = { ...noUsage, inputTokens: 400_000, outputTokens: 100_000 }
    const terms = { serviceTier: 'priority', speed: 'fast', inferenceGeo: 'us' }
    expect(costOf(usage, terms, price)).toBe(4.5)
    expect(unpricedOf(usage, terms, price)).toEqual([
      { what: 'serviceTier:priority', amount: 500_000 },
      { what: 'speed:fast', amount: 500_000 },
      { what: 'inferenceGeo:us', amount: 500_000 },
    ])
    expect(unpricedOf(usage, { serviceTier: 'standard', speed: 'standard', inferenceGeo: 'global' }, price)).toEqual([])
    expect(unpricedOf(noUsage, terms, price)).toEqual([])
  })

  it('reads no price from the prototype', () => {
    const usage: Usage = { ...noUsage, inputTokens: 1, toolRequests: { constructor: 1 } }
    const terms = { speed: 'constructor' }
    const priced: Price = { ...price, tools: {}, factors: { speed: {} } }
    expect(costOf(usage, terms, priced)).toBe(5 / 1_000_000)
    expect(unpricedOf(usage, terms, priced).map(({ what }) => what)).toEqual(['tool:constructor', 'speed:constructor'])
  })
})
