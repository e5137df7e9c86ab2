import Anthropic, { BetaFallbackState, betaRefusalFallbackMiddleware } from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { refuse, reply, type Script, serverToolUse, text, thinking, webSearchResult } from '../../src/testing/index.ts'
import { simulate } from './http.ts'

const params = {
  model: 'claude-opus-5-5',
  max_tokens: 1024,
  messages: [{ role: 'user' as const, content: 'Hello' }],
}

/** Without a state to pin, the middleware warns. */
const pinned = () => ({ fallbackState: new BetaFallbackState() })

const falling = async (script: Script, fallbacks = ['claude-opus-5', 'claude-opus-4-8']) => {
  const simulator = await simulate({ script })
  const middleware = [betaRefusalFallbackMiddleware(fallbacks.map((model) => ({ model })))]
  const client = new Anthropic({ apiKey: 'test', baseURL: simulator.url, maxRetries: 0, middleware })
  return { simulator, client }
}
const creditOf = (usage: { fallback_credit: unknown }): unknown => usage.fallback_credit
const redeemed = { status: { type: 'redeemed' } }

describe("the vendor's fallback middleware redeems the simulator's tokens", () => {
  it('with the same body, after a refusal before output', async () => {
    const { simulator, client } = await falling([refuse({ creditToken: 'mint' }), reply('Of course.')])
    const message = await client.beta.messages.create(params, pinned())
    expect(message).toMatchObject({ model: 'claude-opus-5', stop_reason: 'end_turn' })
    expect(creditOf(message.usage)).toEqual(redeemed)
    await simulator.close({ assertConsumed: true })
  })

  it('with the continued reply, after a refusal in mid-stream', async () => {
    const partial = [thinking('Hm'), serverToolUse('web_search'), webSearchResult([]), text('So ', 'far')]
    const { simulator, client } = await falling([
      refuse({ creditToken: 'mint', continuationOnly: true, at: 'after' }, partial),
      reply(', so good.'),
    ])
    const message = await client.beta.messages.stream(params, pinned()).finalMessage()
    expect(message.content.map((block) => (block.type === 'text' ? block.text : block.type))).toEqual([
      'thinking',
      'server_tool_use',
      'web_search_tool_result',
      'So far',
      'fallback',
      ', so good.',
    ])
    expect(creditOf(message.usage)).toEqual(redeemed)
    expect(simulator.requests.map(({ status }) => status)).toEqual([200, 200])
  })

  it('and is served without credit by a model that the token is not valid for', async () => {
    const { client } = await falling([refuse({ creditToken: 'mint' }), reply('Fine.')], ['claude-sonnet-5'])
    const message = await client.beta.messages.create(params, pinned())
    expect(creditOf(message.usage)).toEqual({ status: { type: 'not_applied', reason: 'invalid_target_model' } })
  })
})
