import { afterEach, describe, expect, it } from 'vitest'
import { httpError, refusalTestString, refuse, reply, text, thinking } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'

afterEach(endAll)

const main = 'claude-opus-5-5'
const second = 'claude-opus-5'
const third = 'claude-opus-4-8'
const toSecond = { fallback: [{ model: second }] } as const
const toBoth = { fallback: [{ model: second }, { model: third }] } as const

const models = (sim: { readonly requests: readonly { readonly model: string | undefined }[] }) =>
  sim.requests.map(({ model }) => model)

describe('a refusal with a fallback', () => {
  it('from this turn lets the other model answer the same input, and that model stays', async () => {
    const { chat, sim, asked, follow, goesOn } = await conversing(
      [reply('Hello.'), refuse({ at: { afterDeltas: 2 } }, [text('Well, ', 'first ', 'you')]), reply('Like so.')],
      { onRefusal: toSecond },
    )
    await chat.sendMessage('Hello')
    const switched: unknown[] = []
    chat.on('model.switched', ({ from, to, cause }) => switched.push([from, to, cause]))
    expect(await chat.sendMessage('How?')).toMatchObject({
      status: 'completed',
      text: 'Like so.',
      model: second,
      refusals: [{ model: main, textShown: true, policy: { fallback: second, from: 'this-turn' } }],
    })
    expect(switched).toEqual([[main, second, 'refusal']])
    expect(models(sim)).toEqual([main, main, second])
    expect(chat.refusals).toMatchObject([{ model: main, policy: 'fallback', result: 'answered', count: 1 }])
    await goesOn(chat, 'Well, ')
    expect(asked(-1)).toEqual(['Hello', 'Hello.', 'How?', 'Like so.', 'And now?'])
    expect([chat.model, sim.requests.at(-1)?.model]).toEqual([second, second])
    // The message is in the transcript once; its first reply is retracted.
    const shown = ['user complete', 'assistant complete']
    expect(chat.messages.map(({ role, status }) => `${role} ${status}`)).toEqual([
      ...shown,
      'user complete',
      'assistant retracted',
      'assistant complete',
      ...shown,
    ])
    const fork = follow(chat.fork())
    expect(fork.messages.map(({ role, status }) => `${role} ${status}`)).toEqual([...shown, ...shown, ...shown])
  })

  it('from the next turn lets the other model answer the next message, without the refused turn', async () => {
    const { chat, sim, goesOn } = await conversing(
      [],
      { onRefusal: { ...toSecond, from: 'next-turn' } },
      { refusal: { models: [main] } },
    )
    expect((await chat.sendMessage(refusalTestString)).status).toBe('refused')
    expect([chat.model, sim.requests.length]).toEqual([second, 1])
    await goesOn(chat, refusalTestString)
    expect(models(sim)).toEqual([main, second])
  })

  it('tries several models in order', async () => {
    const { chat, sim, goesOn } = await conversing(
      [],
      { onRefusal: toBoth },
      { refusal: { models: [main, second], credit: true } },
    )
    expect(await chat.sendMessage(`Read ${refusalTestString}`)).toMatchObject({
      status: 'completed',
      model: third,
      refusals: [{ model: main }, { model: second }],
      fallbackCredit: { status: { type: 'redeemed' } },
    })
    expect(models(sim)).toEqual([main, second, third])
    await goesOn(chat)
    expect(chat.model).toBe(third)
  })

  it('drops the turn when every model refuses, and the conversation returns to its own model', async () => {
    const { chat, sim, goesOn } = await conversing([], { onRefusal: toBoth })
    const { status, refusals } = await chat.sendMessage(refusalTestString)
    expect([status, refusals.map(({ model }) => model)]).toEqual(['refused', [main, second, third]])
    expect(models(sim)).toEqual([main, second, third])
    await goesOn(chat)
    expect(sim.requests.at(-1)?.text).not.toContain(refusalTestString)
    expect(chat.model).toBe(main)
  })

  it('takes the fallback of its category only', async () => {
    const { chat, sim, goesOn } = await conversing(
      [refuse({ category: 'bio' }), refuse({ category: 'cyber' }), reply('Like so.')],
      { onRefusal: { cyber: toSecond, default: 'drop-turn' } },
    )
    expect((await chat.sendMessage('about frogs')).status).toBe('refused')
    expect(await chat.sendMessage('about ports')).toMatchObject({ status: 'completed', model: second })
    expect(models(sim)).toEqual([main, main, second])
    await goesOn(chat, 'about frogs')
  })

  it('takes the fallback as one step of a ladder, between other policies', async () => {
    const { chat, sim, goesOn } = await conversing([refuse(), refuse(), refuse(), refuse()], {
      onRefusal: ['drop-turn', toSecond, 'clear'],
    })
    const policies = []
    for (const message of ['a first', 'a second', 'a third'])
      policies.push((await chat.sendMessage(message)).refusals.map(({ policy }) => policy))
    expect(policies).toEqual([['drop-turn'], [{ fallback: second, from: 'this-turn' }, 'clear'], ['clear']])
    expect(models(sim)).toEqual([main, main, second, main])
    await goesOn(chat, 'a first', 'a third')
  })
})

describe('the return to the main model', () => {
  const steps = [refuse(), reply('one'), reply('two'), reply('three')]

  it.each([
    ['never', undefined, [main, second, second, second]],
    ['never, as an explicit option', 'never', [main, second, second, second]],
    ['after one turn', 1, [main, second, main, main]],
    ['after two turns', 2, [main, second, second, main]],
    ['when a function says so', ({ turns }: { turns: number }) => turns >= 2, [main, second, second, main]],
  ] as const)('happens %s', async (_, returnToModel, asked) => {
    const { chat, sim, goesOn } = await conversing(steps, {
      onRefusal: toSecond,
      ...(returnToModel === undefined ? {} : { returnToModel }),
    })
    for (const message of ['a', 'b', 'c']) expect((await chat.sendMessage(message)).status).toBe('completed')
    expect(models(sim)).toEqual(asked)
    await goesOn(chat)
  })

  it('happens in a fork as in its original', async () => {
    const { chat, sim, follow, goesOn } = await conversing([refuse(), reply('one')], {
      onRefusal: toSecond,
      returnToModel: 2,
    })
    await chat.sendMessage('a')
    const fork = follow(chat.fork())
    for (let times = 0; times < 2; times++) await goesOn(fork)
    expect(models(sim)).toEqual([main, second, second, main])
    for (let times = 0; times < 2; times++) await goesOn(chat)
    expect(models(sim).slice(4)).toEqual([second, main])
  })

  it('sends each model only its own thinking', async () => {
    const { chat, sim, goesOn } = await conversing(
      [
        reply([thinking('Main.'), text('one')]),
        refuse(),
        reply([thinking('Second.'), text('two')]),
        reply([thinking('Main again.'), text('three')]),
      ],
      { onRefusal: toSecond, returnToModel: 1 },
    )
    for (const message of ['a', 'b', 'c']) expect((await chat.sendMessage(message)).status).toBe('completed')
    expect(models(sim)).toEqual([main, main, second, main])
    await goesOn(chat)
  })
})

describe('an outage', () => {
  it('switches to the next of retry.models once the attempts are used up', async () => {
    const { chat, sim, goesOn } = await conversing(
      [httpError(529), httpError(529), httpError(500), reply('from the second')],
      { retry: { baseDelay: 1, maxAttempts: 2, models: [second, third] } },
    )
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'completed', model: second, refusals: [] })
    expect(models(sim)).toEqual([main, main, second, second])
    await goesOn(chat)
    expect(chat.model).toBe(second)
  })

  it('in a fork continues down the list from the model of the conversation', async () => {
    const { chat, sim, follow, goesOn } = await conversing(
      [httpError(529), reply('from the second'), httpError(529), reply('from the third')],
      { retry: { baseDelay: 1, maxAttempts: 1, models: [second, third] } },
    )
    expect((await chat.sendMessage('Hello')).model).toBe(second)
    const fork = follow(chat.fork())
    expect(await fork.sendMessage('Hello again')).toMatchObject({ status: 'completed', model: third })
    expect(models(sim)).toEqual([main, second, second, third])
    await goesOn(fork)
    await goesOn(chat)
  })

  it('after the last of retry.models fails the turn', async () => {
    const { chat, sim, goesOn } = await conversing([httpError(529), httpError(529)], {
      retry: { baseDelay: 1, maxAttempts: 1, models: [second] },
    })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'failed', error: { code: 'overloaded' } })
    expect(models(sim)).toEqual([main, second])
    await goesOn(chat)
  })

  it.each([529, 500])('with status %s never uses the fallback of refusals', async (status) => {
    const { chat, sim, goesOn } = await conversing(
      Array.from({ length: 3 }, () => httpError(status)),
      {
        onRefusal: toSecond,
      },
    )
    expect((await chat.sendMessage('Hello')).status).toBe('failed')
    expect(models(sim)).toEqual([main, main, main])
    await goesOn(chat)
    expect(chat.model).toBe(main)
  })

  it('has its own models, which a refusal never uses', async () => {
    const { chat, sim, goesOn } = await conversing([refuse()], { retry: { models: [second] } })
    expect((await chat.sendMessage('a bad thing')).status).toBe('refused')
    expect([chat.model, models(sim)]).toEqual([main, [main]])
    await goesOn(chat, 'a bad thing')
  })

  it('of a fallback model is retried on that model', async () => {
    const { chat, sim, goesOn } = await conversing(
      [refuse({ creditToken: 'mint' }), httpError(529), httpError(529), reply('at last')],
      { onRefusal: toSecond },
    )
    expect(await chat.sendMessage('Hello')).toMatchObject({
      status: 'completed',
      text: 'at last',
      fallbackCredit: { status: { type: 'redeemed' } },
    })
    expect(models(sim)).toEqual([main, second, second, second])
    await goesOn(chat)
  })
})
