import { afterEach, describe, expect, it } from 'vitest'
import { addUsage, noUsage, type Usage } from '../../src/journal/index.ts'
import { httpError, refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const main = 'claude-opus-5-5'
const second = 'claude-opus-5'
const third = 'claude-opus-4-8'
const serverFallbacks = [{ model: second }] as const

const sum = (...usages: readonly Usage[]) => usages.reduce((total, usage) => addUsage(total, usage), noUsage)

describe('a server fallback', () => {
  it('before any output is served within one request and counted per model', async () => {
    const { chat, sim, body, sent, goesOn } = await conversing(
      [
        refuse(
          {
            category: 'cyber',
            fallbacks: [{ content: [text('From the second.')], usage: { inputTokens: 20, outputTokens: 3 } }],
          },
          [],
          { usage: { inputTokens: 10, outputTokens: 0 } },
        ),
      ],
      { serverFallbacks },
    )
    const switched: unknown[] = []
    chat.on('model.switched', (event) => switched.push(event))
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({
      status: 'completed',
      text: 'From the second.',
      model: second,
      servedAfterRefusal: true,
      refusals: [{ model: main, category: 'cyber', servedByApi: true, messageForUser: '' }],
      usage: { inputTokens: 30, outputTokens: 3 },
    })
    expect(sim.requests).toHaveLength(1)
    expect(sim.requests[0]?.betas).toContain('server-side-fallback-2026-07-01')
    expect(body(0)['fallbacks']).toEqual([{ model: second }])
    expect(chat.ledger).toMatchObject({
      [main]: { requests: 1, refused: { inputTokens: 10, outputTokens: 0 } },
      [second]: { requests: 1, answered: { inputTokens: 20, outputTokens: 3 } },
    })
    expect([switched, chat.model]).toEqual([[], main])
    await goesOn(chat)
    expect(sent(-1, 'fallback')).toMatchObject([{ from: { model: main }, to: { model: second } }])
    expect(sim.requests.at(-1)?.model).toBe(main)
  })

  it('in the middle of the output omits what only the first model can read', async () => {
    const { weather } = weatherTool()
    const { chat, sent, goesOn } = await conversing(
      [
        refuse(
          {
            at: { afterDeltas: 5 },
            fallbacks: [
              { content: [thinking('My turn.'), text('and its end.')], usage: { inputTokens: 9, outputTokens: 4 } },
            ],
          },
          [thinking('Let me ', 'see.'), text('A beginning ', 'and more')],
          { usage: { inputTokens: 8, outputTokens: 5 } },
        ),
      ],
      { serverFallbacks, tools: [weather] },
    )
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({
      status: 'completed',
      model: second,
      servedAfterRefusal: true,
      usage: { inputTokens: 17, outputTokens: 9 },
    })
    expect(outcome.text).toMatch(/^A beginning .*and its end\.$/)
    await goesOn(chat)
    expect(sent(-1, 'thinking')).not.toContainEqual(expect.objectContaining({ thinking: 'Let me see.' }))
    expect(sent(-1, 'text', 'fallback').map(({ type }) => type)).toEqual(['text', 'fallback', 'text'])
  })

  it('follows the chain, and its usage is the sum', async () => {
    const { chat, sent, goesOn } = await conversing(
      [
        refuse(
          {
            category: 'bio',
            fallbacks: [
              { content: [], refusal: { at: 'before', category: 'bio' }, usage: { inputTokens: 20, outputTokens: 0 } },
              { content: [text('The third.')], usage: { inputTokens: 30, outputTokens: 2 } },
            ],
          },
          [],
          { usage: { inputTokens: 10, outputTokens: 0 } },
        ),
      ],
      { serverFallbacks: [{ model: third }, { model: second, maxTokens: 500 }] },
    )
    expect(await chat.sendMessage('Hello')).toMatchObject({
      status: 'completed',
      model: second,
      usage: { inputTokens: 60, outputTokens: 2 },
      attempts: [
        { model: main, result: 'refused' },
        { model: third, result: 'refused' },
        { model: second, result: 'answered' },
      ],
    })
    await goesOn(chat)
    expect(sent(-1, 'fallback')).toHaveLength(2)
  })

  it('may use the default of the API', async () => {
    const { chat, body, goesOn } = await conversing([refuse({ fallbacks: [{ content: [text('Fine.')] }] })], {
      serverFallbacks: 'default',
    })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'completed', servedAfterRefusal: true })
    expect(body(0)['fallbacks']).toBe('default')
    await goesOn(chat)
  })

  it('may call a tool: it runs, and the loop continues', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sent, goesOn } = await conversing(
      [
        refuse(
          { at: 'after', fallbacks: [{ content: [text('I look.'), toolUse('weather', { city: 'Rome' }, 'toolu_2')] }] },
          [thinking('Where?'), text('I had begun. ')],
        ),
        reply([text('Sunny.')]),
      ],
      { serverFallbacks, tools: [weather] },
    )
    expect(await chat.sendMessage('Rome?')).toMatchObject({ status: 'completed', text: 'Sunny.' })
    expect(cities).toEqual(['Rome'])
    expect(sent(1, 'thinking', 'tool_use')).toMatchObject([{ type: 'tool_use', id: 'toolu_2' }])
    await goesOn(chat)
  })
})

describe('a refusal that no server fallback answers', () => {
  it('reaches onRefusal when all models refuse, and the cost of each is counted', async () => {
    const { chat, sim, goesOn } = await conversing(
      [
        refuse(
          {
            at: { afterDeltas: 1 },
            category: 'cyber',
            fallbacks: [
              {
                content: [text('so ', 'be it')],
                refusal: { at: { afterDeltas: 1 }, category: 'cyber' },
                usage: { inputTokens: 20, outputTokens: 2 },
              },
            ],
          },
          [text('Well, ', 'first')],
          { usage: { inputTokens: 10, outputTokens: 1 } },
        ),
      ],
      { serverFallbacks },
    )
    const outcome = await chat.sendMessage('Hello')
    expect(outcome).toMatchObject({
      status: 'refused',
      text: '',
      refusal: { category: 'cyber', model: second, policy: 'drop-turn', textShown: true },
    })
    await goesOn(chat, 'Hello', 'Well, ')
    expect(sim.requests).toHaveLength(2)
    // The bill is the sum of the iterations, refused or not.
    expect(outcome.usage).toMatchObject({ inputTokens: 30, outputTokens: 3 })
    expect(chat.ledger[main]?.refused).toMatchObject({ inputTokens: 10, outputTokens: 1 })
    expect(chat.ledger[second]?.refused).toMatchObject({ inputTokens: 20, outputTokens: 2 })
  })

  it('reaches onRefusal when it came during the input of a call', async () => {
    const { weather, cities } = weatherTool()
    const { chat, goesOn } = await conversing(
      [refuse({ at: { afterDeltas: 2 } }, [toolUse('weather', { city: 'somewhere far away' }, 'toolu_1')])],
      { serverFallbacks, tools: [weather] },
    )
    expect((await chat.sendMessage('Hello')).status).toBe('refused')
    expect(cities).toEqual([])
    await goesOn(chat, 'Hello', 'toolu_1')
  })

  it('may be answered by a fallback of onRefusal within its turn', async () => {
    const { chat, sim, goesOn } = await conversing([refuse({ fallbacks: [refuse()] }), reply('Fine.')], {
      serverFallbacks: [{ model: third }],
      onRefusal: { fallback: [{ model: second }] },
    })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'completed', text: 'Fine.', model: second })
    expect(sim.requests.map(({ model }) => model)).toEqual([main, second])
    await goesOn(chat)
  })
})

describe('a conversation on another model than the one of its serverFallbacks', () => {
  it.each([
    ['after a fallback of onRefusal', refuse({ fallbacks: [refuse(), refuse()] })],
    ['after an outage', httpError(529)],
  ])('sends requests without them %s', async (_, step) => {
    const { chat, sim, body, goesOn } = await conversing([step, reply('Fine.')], {
      serverFallbacks: [{ model: second }, { model: third }],
      onRefusal: { fallback: [{ model: second }] },
      retry: { baseDelay: 1, maxAttempts: 1, models: [second] },
    })
    expect(await chat.sendMessage('Hello')).toMatchObject({ status: 'completed', text: 'Fine.', model: second })
    expect(sim.requests.map(({ model }) => model)).toEqual([main, second])
    expect(body(1)).not.toHaveProperty('fallbacks')
    await goesOn(chat)
  })

  it('sends them again once it returns to the model', async () => {
    const { chat, body, goesOn } = await conversing([], { serverFallbacks })
    chat.setModel(second)
    await goesOn(chat)
    expect(body(-1)).not.toHaveProperty('fallbacks')
    chat.setModel(main)
    await goesOn(chat)
    expect(body(-1)['fallbacks']).toEqual(serverFallbacks)
  })

  it('keeps sending "default", which the API resolves', async () => {
    const { chat, body, goesOn } = await conversing([], { serverFallbacks: 'default' })
    chat.setModel(second)
    await goesOn(chat)
    expect(body(-1)['fallbacks']).toBe('default')
  })

  it('sends requests without them in a fork, too', async () => {
    const { chat, follow, sim, body, goesOn } = await conversing([], { serverFallbacks })
    await chat.sendMessage('Hello')
    chat.setModel(third)
    const fork = follow(chat.fork())
    await goesOn(fork)
    expect([sim.requests.at(-1)?.model, body(-1)['fallbacks']]).toEqual([third, undefined])
    fork.setModel(main)
    await goesOn(fork)
    expect(body(-1)['fallbacks']).toEqual(serverFallbacks)
  })
})

it('the usage of a conversation is the sum of all its attempts', async () => {
  const { chat, goesOn } = await conversing(
    [
      refuse({ at: 'after', fallbacks: [{ content: [text('b')] }] }, [text('a')]),
      reply('plain'),
      refuse({ at: 'before', fallbacks: [{ content: [text('c')] }] }),
    ],
    { serverFallbacks },
  )
  const outcomes = []
  for (const message of ['one', 'two', 'three']) outcomes.push(await chat.sendMessage(message))
  const attempts = outcomes.flatMap((outcome) => outcome.attempts)
  expect(attempts).toHaveLength(5)
  expect(chat.usage).toEqual(sum(...attempts.map(({ usage }) => usage)))
  await goesOn(chat)
})
