import { afterEach, describe, expect, it } from 'vitest'
import { reply } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

const main = 'claude-opus-5-5'
const price = { input: 5, output: 25 }

describe('the usage in `message_delta`', () => {
  it('never lowers a count, because gateways send 0 for unknown counts', async () => {
    const { chat } = await conversing([
      reply('So', {
        usage: {
          inputTokens: 30,
          outputTokens: 4,
          cacheReadInputTokens: 7,
          extra: { input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 9 },
        },
      }),
    ])
    expect((await chat.sendMessage('Hello')).usage).toMatchObject({
      inputTokens: 30,
      outputTokens: 9,
      cacheReadTokens: 7,
    })
  })
})

describe('the service details of a reply', () => {
  const served = reply('So', {
    startFields: {
      usage: {
        input_tokens: 1_000_000,
        output_tokens: 1,
        cache_creation_input_tokens: 300_000,
        cache_creation: { ephemeral_5m_input_tokens: 100_000, ephemeral_1h_input_tokens: 200_000 },
        service_tier: 'priority',
        inference_geo: 'us',
        speed: 'fast',
      },
    },
    usage: {
      inputTokens: 1_000_000,
      cacheCreationInputTokens: 300_000,
      outputTokens: 100_000,
      thinkingTokens: 60_000,
      extra: { server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 } },
    },
  })

  it('are kept: tier, speed, region, one-hour cache writes, thinking, and requests of server tools', async () => {
    const { chat } = await conversing([served])
    const { usage, attempts } = await chat.sendMessage('Hello')
    expect(usage).toMatchObject({
      cacheWriteTokens: 300_000,
      cacheWrite1hTokens: 200_000,
      thinkingTokens: 60_000,
      toolRequests: { web_search: 3, web_fetch: 1 },
    })
    expect(attempts).toMatchObject([{ terms: { serviceTier: 'priority', inferenceGeo: 'us', speed: 'fast' } }])
  })

  it('are priced', async () => {
    const factors = { serviceTier: { priority: 2 }, inferenceGeo: { us: 1.5 }, speed: { fast: 3 } }
    const prices = { [main]: { input: 4, output: 20, cacheWrite: 5, cacheWrite1h: 8, webSearch: 10, factors } }
    const { chat } = await conversing([served], { prices })
    await chat.sendMessage('Hello')
    expect(chat.unpriced).toEqual([])
    expect(chat.cost).toBeCloseTo((4 + 2 + 0.5 + 1.6) * 9 + 0.03, 10)
  })

  it('are reported as unpriced when they have no price, also by the budget', async () => {
    const { chat } = await conversing([served], { prices: { [main]: price }, budget: { cost: 1 } })
    await chat.sendMessage('Hello')
    const tokens = 1_400_000
    expect(chat.unpriced).toEqual([
      { model: main, what: 'cacheWrite1h', amount: 200_000 },
      { model: main, what: 'tool:web_search', amount: 3 },
      { model: main, what: 'serviceTier:priority', amount: tokens },
      { model: main, what: 'speed:fast', amount: tokens },
      { model: main, what: 'inferenceGeo:us', amount: tokens },
    ])
    expect(chat.cost).toBeCloseTo(5 + 2.5 + 1.5, 10)
    const { error } = await chat.sendMessage('And?')
    expect(error).toMatchObject({ code: 'budget-exceeded', message: expect.stringContaining('tool:web_search') })
  })
})

describe('the cost of a model that is served under another name', () => {
  it.each([
    ['us.anthropic.claude-opus-5-5-v1:0', 'us.anthropic.claude-opus-5-5-v1:0'],
    ['claude-opus-5-5@20260101', 'claude-opus-5-5'],
    ['my-alias', 'my-alias'],
  ])('uses the price of the requested model, and its budget holds: %s, priced as %s', async (model, priced) => {
    const steps = [1, 2].map(() => reply('So', { model: main, usage: { inputTokens: 1_000, outputTokens: 100 } }))
    const { chat } = await conversing(
      steps,
      { model, prices: { [priced]: price }, budget: { cost: 0.015 } },
      { models: [model] },
    )
    expect([(await chat.sendMessage('a')).status, chat.cost]).toEqual(['completed', 0.0075])
    expect([(await chat.sendMessage('b')).status, chat.cost]).toEqual(['completed', 0.015])
    expect((await chat.sendMessage('c')).error?.code).toBe('budget-exceeded')
    expect(Object.keys(chat.ledger)).toEqual([main])
    expect(chat.ledger[main]?.charges).toMatchObject([{ asked: model }])
  })

  it('is unknown when none of its names has a price, and the budget error names them', async () => {
    const { chat } = await conversing([], { prices: { [main]: price } })
    await chat.sendMessage('a')
    expect(chat.cost).not.toBeNull()
    chat.setModel('claude-opus-5')
    await chat.sendMessage('b')
    expect(chat.cost).toBeNull()
    expect(chat.unpriced).toMatchObject([{ what: 'model', model: 'claude-opus-5' }])
    chat.setModel(main)
    chat.setBudget({ cost: 100 })
    expect((await chat.sendMessage('c')).error?.message).toContain('no price is known for claude-opus-5,')
  })
})
