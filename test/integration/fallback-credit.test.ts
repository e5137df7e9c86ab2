import { afterEach, describe, expect, it } from 'vitest'
import { SimulatedClock } from 'xstate'
import type { ConversationOptions } from '../../src/index.ts'
import {
  httpError,
  refuse,
  reply,
  serverToolUse,
  text,
  thinking,
  toolUse,
  webSearchResult,
} from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool, webSearch } from './weather.ts'

afterEach(endAll)

const second = 'claude-opus-5'
const third = 'claude-opus-4-8'
const toSecond = { fallback: [{ model: second }] } as const
const beta = 'fallback-credit-2026-07-01'
const mint = { creditToken: 'mint' } as const
const redeemed = { status: { type: 'redeemed' } }

type World = Awaited<ReturnType<typeof conversing>>

const tokenOf = ({ body }: World, nth: number) => body(nth)['fallback_credit_token']

/** The n-th request without the fields that may differ between the refused request and the one that redeems its credit. */
const matched = ({ body, sim }: World, nth: number) => {
  const { model: _, fallback_credit_token: _token, ...rest } = body(nth)
  return { rest, betas: sim.requests[nth]?.headers['anthropic-beta'] }
}

describe('the credit of a refusal', () => {
  it('is redeemed by a request that differs only in the model and the token', async () => {
    const { weather } = weatherTool()
    const world = await conversing(
      [
        reply([thinking('Hm.'), text('Hello.')]),
        refuse({ ...mint, at: { afterDeltas: 1 } }, [text('Well, ', 'first')]),
        reply('Like so.'),
      ],
      {
        onRefusal: toSecond,
        tools: [weather],
        request: {
          system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
          thinking: { type: 'adaptive' },
          betas: ['thinking-binding-controls-2026-08-01'],
        },
      },
    )
    const { chat, sent, goesOn } = world
    await chat.sendMessage('Hello')
    expect(await chat.sendMessage('How?')).toMatchObject({
      status: 'completed',
      model: second,
      fallbackCredit: redeemed,
    })
    expect(tokenOf(world, 2)).toMatchObject({ token: expect.stringMatching(/^fct_/), mode: 'best_effort' })
    expect(matched(world, 2)).toEqual(matched(world, 1))
    expect(matched(world, 2).betas).toContain(beta)
    expect(sent(2, 'thinking')).toHaveLength(1)
    await goesOn(chat, 'Well, ')
    expect(tokenOf(world, -1)).toBeUndefined()
  })

  it('is redeemed model after model, also with thinking in the history', async () => {
    const world = await conversing(
      [reply([thinking('Hm.'), text('Hello.')]), refuse(mint), refuse(mint), reply('Like so.')],
      { onRefusal: { fallback: [{ model: second }, { model: third }] } },
    )
    const { chat, goesOn } = world
    await chat.sendMessage('Hello')
    expect(await chat.sendMessage('How?')).toMatchObject({
      status: 'completed',
      model: third,
      fallbackCredit: redeemed,
    })
    expect(tokenOf(world, 3)).not.toEqual(tokenOf(world, 2))
    expect(matched(world, 3)).toEqual(matched(world, 2))
    await goesOn(chat)
  })

  it('is unchanged across retried attempts to redeem it', async () => {
    const world = await conversing([refuse(mint), httpError(500), reply('Like so.')], { onRefusal: toSecond })
    expect((await world.chat.sendMessage('How?')).fallbackCredit).toEqual(redeemed)
    expect(tokenOf(world, 2)).toEqual(tokenOf(world, 1))
    await world.goesOn(world.chat)
  })

  it('is given up when the API rejects its request: the plain request follows', async () => {
    const world = await conversing(
      [refuse(mint), httpError(400, { message: 'redemption temporarily unavailable' }), reply('Like so.')],
      { onRefusal: toSecond },
    )
    const outcome = await world.chat.sendMessage('How?')
    expect(outcome).toMatchObject({ status: 'completed', text: 'Like so.', model: second })
    expect(outcome).not.toHaveProperty('fallbackCredit')
    expect([tokenOf(world, 1), tokenOf(world, 2)]).toEqual([expect.anything(), undefined])
    await world.goesOn(world.chat)
  })

  it('is not redeemed when it is valid only for a continuation, and the model still answers', async () => {
    const world = await conversing(
      [refuse({ ...mint, continuationOnly: true, at: { afterDeltas: 1 } }, [text('Well, ', 'first')]), reply('So.')],
      { onRefusal: toSecond },
    )
    expect(await world.chat.sendMessage('How?')).toMatchObject({ status: 'completed', text: 'So.' })
    await world.goesOn(world.chat, 'Well, ')
  })

  it('is not requested for a reply with server tools, because it may be valid only for a continuation', async () => {
    const search = [serverToolUse('web_search', { query: 'q' }), webSearchResult([{ url: 'https://a.example' }])]
    const world = await conversing(
      [refuse({ ...mint, continuationOnly: true, at: 'after' }, [...search, text('Well, ', 'first')]), reply('So.')],
      { onRefusal: toSecond, tools: [webSearch] },
    )
    expect(await world.chat.sendMessage('How?')).toMatchObject({ status: 'completed', text: 'So.' })
    expect(tokenOf(world, 1)).toBeUndefined()
    await world.goesOn(world.chat, 'Well, ')
  })

  it('is not redeemed for a request with tool results, because the new turn does not carry them', async () => {
    const { weather } = weatherTool()
    const world = await conversing([reply([toolUse('weather', { city: 'Rome' })]), refuse(mint), reply('So.')], {
      onRefusal: toSecond,
      tools: [weather],
    })
    const outcome = await world.chat.sendMessage('Rome?')
    expect(outcome).toMatchObject({ status: 'completed', model: second })
    expect(outcome).not.toHaveProperty('fallbackCredit')
    expect(tokenOf(world, 2)).toBeUndefined()
    await world.goesOn(world.chat)
  })

  it('is neither requested nor redeemed when betas.fallbackCredit is false', async () => {
    const world = await conversing([refuse(mint), reply('So.')], {
      onRefusal: toSecond,
      betas: { fallbackCredit: false },
    })
    const outcome = await world.chat.sendMessage('How?')
    expect(outcome).toMatchObject({ status: 'completed', model: second })
    expect(outcome).not.toHaveProperty('fallbackCredit')
    expect(world.sim.requests.flatMap(({ betas }) => betas)).toEqual([])
    expect(tokenOf(world, 1)).toBeUndefined()
    await world.goesOn(world.chat)
  })

  it('is not requested without a fallback', async () => {
    const { chat, sim, goesOn } = await conversing([refuse(mint)])
    expect((await chat.sendMessage('How?')).status).toBe('refused')
    expect(sim.requests[0]?.betas).toEqual([])
    await goesOn(chat, 'How?')
  })
})

describe('the credit of a refusal after five minutes', () => {
  /** A refusal that waits for a person, and clocks of the client and the API. */
  const waiting = async (options: Partial<ConversationOptions> = {}) => {
    const time = { now: 0 }
    const clock = new SimulatedClock()
    const world = await conversing(
      [refuse({ ...mint, category: 'bio' }), reply('Like so.')],
      { clock, onRefusal: { bio: 'manual', default: toSecond }, ...options },
      { now: () => time.now },
    )
    const turn = world.chat.sendMessage('How?')
    expect((await turn).refusal?.policy).toBe('manual')
    const answered = () =>
      new Promise<unknown>((resolve) => {
        world.chat.on('turn.completed', ({ outcome }) => resolve(outcome))
        world.chat.resolveRefusal({ fallback: second, from: 'this-turn' })
      })
    return { ...world, world, time, clock, answered }
  }

  it('is redeemed just before the limit', async () => {
    const { world, time, clock, answered } = await waiting()
    time.now += 299_999
    clock.increment(299_999)
    expect(await answered()).toMatchObject({ status: 'completed', model: second, fallbackCredit: redeemed })
    await world.goesOn(world.chat)
  })

  it('is expired, and no request carries it', async () => {
    const { world, time, clock, answered } = await waiting()
    time.now += 300_000
    clock.increment(300_000)
    expect(await answered()).toMatchObject({ status: 'completed', model: second })
    expect(tokenOf(world, 1)).toBeUndefined()
    await world.goesOn(world.chat)
  })

  it('is expired by the clock of the API alone: the request is answered at the usual price, as reported', async () => {
    const { world, time, answered } = await waiting()
    time.now += 300_000
    expect(await answered()).toMatchObject({
      status: 'completed',
      fallbackCredit: { status: { type: 'not_applied', reason: 'expired' } },
    })
    await world.goesOn(world.chat)
  })
})
