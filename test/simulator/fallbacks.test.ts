import Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import {
  httpError,
  type JsonObject,
  refuse,
  refusalTestString,
  reply,
  type SimulatorOptions,
  startSimulator,
  text,
  thinking,
  toolUse,
} from '../../src/testing/index.ts'
import { ask, errorOf, request, send, simulate, stream, textOf, the, typesOf, type WireEvent } from './http.ts'

const header = { 'anthropic-beta': 'server-side-fallback-2026-07-01' }
const older = { 'anthropic-beta': 'server-side-fallback-2026-06-01' }
const [first, second, third] = ['claude-opus-5-5', 'claude-opus-5', 'claude-opus-4-8'] as const
const list = [{ model: second }, { model: third }]
const asked = request({ model: first, fallbacks: list })
const poisoned = { ...asked, messages: [{ role: 'user', content: refusalTestString }] }

const handOver = (from: string, to: string, category: string | null = null): JsonObject => ({
  type: 'fallback',
  from: { model: from },
  to: { model: to },
  trigger: { type: 'refusal', category },
})
const startsOf = (events: readonly WireEvent[]): readonly unknown[] =>
  events.flatMap(({ content_block: block }) => (block ? [block] : []))
const iterationsOf = (usage: JsonObject | undefined): unknown => usage?.['iterations']

describe('fallbacks are a 400', () => {
  const four = [...list, { model: first }, { model: 'claude-sonnet-5' }]
  it.each<[string, JsonObject, Record<string, string>, string]>([
    ['without a header', {}, {}, 'fallbacks: Extra inputs are not permitted'],
    [
      'with a header of another date',
      {},
      { 'anthropic-beta': 'server-side-fallback-2026-05-01' },
      'fallbacks: Extra inputs are not permitted',
    ],
    [
      'as "default" under the older header',
      { fallbacks: 'default' },
      older,
      'fallbacks: "default" requires the header anthropic-beta: server-side-fallback-2026-07-01',
    ],
    ['with another word', { fallbacks: 'none' }, header, "fallbacks: Input should be 'default' or a valid list"],
    ['with an empty list', { fallbacks: [] }, header, 'fallbacks: List should have 1 to 3 items, not 0'],
    ['with more than three', { fallbacks: four }, header, 'fallbacks: List should have 1 to 3 items, not 4'],
    [
      'with a model twice',
      { fallbacks: [...list, { model: second }] },
      header,
      'fallbacks.2.model: each fallback model may be listed only once',
    ],
    ['without a model', { fallbacks: [{}] }, header, 'fallbacks.0.model: Field required'],
    [
      'with an unknown field',
      { fallbacks: [{ model: second, system: 'x' }] },
      header,
      'fallbacks.0.system: Extra inputs are not permitted',
    ],
    [
      'with max_tokens of 0',
      { fallbacks: [{ model: second, max_tokens: 0 }] },
      header,
      'fallbacks.0.max_tokens: Input should be a valid integer',
    ],
    [
      'with a model that is not permitted',
      { fallbacks: [{ model: 'claude-sonnet-5' }] },
      header,
      'fallbacks.0.model: claude-sonnet-5 is not a permitted fallback for claude-opus-5-5',
    ],
    [
      'with the requested model',
      { fallbacks: [{ model: first }] },
      header,
      'claude-opus-5-5 is not a permitted fallback',
    ],
    [
      'for a model without support',
      { model: 'claude-haiku-5-5' },
      header,
      'fallbacks: claude-haiku-5-5 does not support fallbacks',
    ],
    [
      'whose model would reject the request with the fields of its entry',
      { fallbacks: [list[0], { model: third, max_tokens: 200_000 }] },
      header,
      'fallbacks.1: max_tokens: 200000 > 128000',
    ],
    [
      'whose model would reject the thinking of its entry',
      { fallbacks: [{ model: second, thinking: { type: 'enabled', budget_tokens: 1024 } }], max_tokens: 2000 },
      header,
      'fallbacks.0: "thinking.type.enabled" is not supported for this model.',
    ],
  ])('%s', async (_, change, headers, message) => {
    const error = await errorOf(await send(await simulate(), { ...asked, ...change }, headers))
    expect(error).toMatchObject({ status: 400, error: { message: expect.stringContaining(message) } })
  })
})

describe('fallbacks are accepted', () => {
  it.each<[string, JsonObject, Record<string, string>]>([
    ['as a list under the older header', {}, older],
    ['as "default"', { fallbacks: 'default' }, header],
    ['as "default" for a model without support', { model: 'claude-haiku-5-5', fallbacks: 'default' }, header],
    ['as null', { fallbacks: null }, {}],
    [
      'with overrides, including null',
      { fallbacks: [{ model: second, max_tokens: 9, thinking: null, output_config: null, speed: null }] },
      header,
    ],
    [
      'with thinking that is inherited only if the model accepts it',
      {
        model: 'claude-sonnet-5-5',
        fallbacks: [{ model: 'claude-sonnet-5' }],
        thinking: { type: 'between_tools' },
      },
      header,
    ],
  ])('%s', async (_, change, headers) => {
    expect((await send(await simulate(), { ...asked, ...change }, headers)).status).toBe(200)
  })
})

describe('a fallback answers a refusal', () => {
  it('before output: message_start names the fallback model, and block 0 is the fallback block', async () => {
    const step = refuse({ category: 'cyber', fallbacks: [reply('Of course.')] })
    const events = await stream(await simulate({ script: [step] }), asked, header)
    expect(typesOf(events).slice(0, 4)).toEqual(['message_start', 'ping', 'content_block_start', 'content_block_stop'])
    expect(the(events, 'message_start').message).toMatchObject({ model: second })
    expect(startsOf(events)).toEqual([handOver(first, second, 'cyber'), { type: 'text', text: '' }])
    expect(the(events, 'message_delta').delta).toMatchObject({ stop_reason: 'end_turn', stop_details: null })
  })

  it('in mid-output: the open block ends, and the reply continues after the fallback block', async () => {
    const step = refuse({ at: { afterDeltas: 1 }, openBlock: true, fallbacks: [reply([text('three')])] }, [
      text('one ', 'two '),
    ])
    const events = await stream(await simulate({ script: [step] }), asked, header)
    expect(typesOf(events).filter((type) => type !== 'ping')).toEqual([
      'message_start',
      ...['start', 'delta', 'stop', 'start', 'stop', 'start', 'delta', 'stop'].map((name) => `content_block_${name}`),
      'message_delta',
      'message_stop',
    ])
    expect(the(events, 'message_start').message).toMatchObject({ model: first })
    expect(textOf(events)).toBe('one three')
    expect(startsOf(events)[1]).toEqual(handOver(first, second))
  })

  it('in mid-output without a stream: the refused part is dropped', async () => {
    const step = refuse({ at: { afterDeltas: 1 }, fallbacks: [reply('Fine.')] }, [text('one ', 'two ')])
    const message = await ask(await simulate({ script: [step] }), asked, header)
    expect(message).toMatchObject({
      model: second,
      content: [handOver(first, second), { type: 'text', text: 'Fine.' }],
    })
  })

  it('model after model, each with an iteration; the totals are those of the last', async () => {
    const hops = [
      refuse({ at: 'after', category: 'bio' }, [text('half')], { usage: { outputTokens: 3 } }),
      reply('Whole.', { usage: { inputTokens: 70, outputTokens: 7 } }),
    ]
    const step = refuse({ category: 'cyber', fallbacks: hops }, [], { usage: { inputTokens: 50 } })
    const simulator = await simulate({ script: [step, step] })
    const events = await stream(simulator, asked, header)
    expect(the(events, 'message_start').message).toMatchObject({ model: second })
    expect(startsOf(events)).toEqual([
      handOver(first, second, 'cyber'),
      { type: 'text', text: '' },
      handOver(second, third, 'bio'),
      { type: 'text', text: '' },
    ])
    const { usage } = the(events, 'message_delta')
    expect(usage).toMatchObject({ input_tokens: 70, output_tokens: 7 })
    expect(iterationsOf(usage)).toMatchObject([
      { type: 'message', model: first, input_tokens: 50, output_tokens: 0 },
      { type: 'message', model: second, output_tokens: 3 },
      { type: 'fallback_message', model: third, input_tokens: 70, output_tokens: 7 },
    ])
    expect((await ask(simulator, asked, header)).model).toBe(third)
  })

  it('until all have refused: the reply is the last refusal', async () => {
    const hops = [refuse(), refuse({ category: 'bio', explanation: 'No.' })]
    const message = await ask(await simulate({ script: [refuse({ fallbacks: hops })] }), asked, header)
    expect(message).toMatchObject({
      model: third,
      content: [handOver(first, second), handOver(second, third)],
      stop_reason: 'refusal',
      stop_details: { category: 'bio', explanation: 'No.' },
    })
    expect(iterationsOf(message.usage)).toMatchObject([{}, {}, { type: 'fallback_message' }])
  })

  it("with the simulator's own answer if the script has none", async () => {
    const message = await ask(await simulate({ script: [refuse()] }), asked, header)
    expect(message).toMatchObject({ model: second, stop_reason: 'end_turn' })
    expect(message.content[1]?.['text']).toContain('You wrote: "Hello"')
  })

  it('with the max_tokens of its entry', async () => {
    const body = { ...asked, fallbacks: [{ model: second, max_tokens: 2 }] }
    const message = await ask(await simulate({ script: [refuse()] }), body, header)
    expect(message).toMatchObject({ stop_reason: 'max_tokens', content: [{}, { text: 'This is ' }] })
  })

  it('with the models of the table in its order, for "default"', async () => {
    const body = { ...asked, fallbacks: 'default' }
    const message = await ask(await simulate({ script: [refuse({ fallbacks: [refuse()] })] }), body, header)
    expect(message.content.slice(0, 2)).toEqual([handOver(first, third), handOver(third, second)])
  })
})

describe('the refusal test string with fallbacks', () => {
  it.each<[string, SimulatorOptions['refusal'], string, string]>([
    ['is answered by the first model that does not refuse it', { models: [first, second] }, third, 'end_turn'],
    ['is refused by the last model if all refuse', {}, third, 'refusal'],
    ['has no effect on a model that does not refuse it', { models: [] }, first, 'end_turn'],
  ])('%s', async (_, refusal = {}, model, stopReason) => {
    const message = await ask(await simulate({ refusal }), poisoned, header)
    expect(message).toMatchObject({ model, stop_reason: stopReason })
  })

  it('is refused by a model without fallbacks', async () => {
    const body = { ...poisoned, model: 'claude-haiku-5-5', fallbacks: 'default' }
    expect(await ask(await simulate(), body, header)).toMatchObject({
      model: 'claude-haiku-5-5',
      content: [],
      stop_reason: 'refusal',
    })
  })

  it('can fall back between added models', async () => {
    const simulator = await simulate({ models: ['one', 'two'], refusal: { models: ['one'] } })
    const body = { ...poisoned, model: 'one', fallbacks: 'default' }
    expect((await ask(simulator, body, header)).content[0]).toEqual(handOver('one', 'two'))
  })
})

describe('fallbacks do not apply', () => {
  it.each([429, 500, 529])('to a status of %i', async (status) => {
    const response = await send(await simulate({ script: [httpError(status)] }), asked, header)
    expect(response.status).toBe(status)
  })

  it('to a refusal inside a tool call of a stream, but apply without a stream', async () => {
    const step = refuse({ at: { afterDeltas: 1 } }, [toolUse('look', { at: 'sky' })])
    const simulator = await simulate({ script: [step, step] })
    const events = await stream(simulator, asked, header)
    expect(the(events, 'message_delta').delta).toMatchObject({ stop_reason: 'refusal' })
    expect((await ask(simulator, asked, header)).model).toBe(second)
  })
})

describe('a script of fallbacks', () => {
  it.each<[string, Parameters<typeof refuse>[0], string]>([
    ['has nothing after an answer', { fallbacks: [reply('a'), reply('b')] }, 'fallbacks[0] must be a refusal'],
    [
      'has no nested fallbacks',
      { fallbacks: [refuse({ fallbacks: [] })] },
      "fallbacks[0].refusal can't have fallbacks",
    ],
    [
      'has faults only for the whole step',
      { fallbacks: [reply('a', { faults: {} })] },
      "fallbacks[0] can't have faults",
    ],
    ['has complete replies', { fallbacks: [{ content: [{ type: 'text' }] as never }] }, 'content[0].text is missing'],
  ])('%s', async (_, refusal, message) => {
    await expect(startSimulator({ script: [refuse(refusal)] })).rejects.toMatchObject({
      code: 'script-invalid',
      message: expect.stringContaining(message),
    })
  })

  it('is an error if the request names too few models', async () => {
    const simulator = await simulate({ script: [refuse({ fallbacks: [reply('a')] })] })
    const error = await errorOf(await send(simulator, request()))
    expect(error.error.message).toContain('has answers for 1 fallback models, but the request names 0')
    await expect(simulator.close()).rejects.toMatchObject({ code: 'script-invalid' })
  })

  it('can have faults that count the deltas of all models', async () => {
    const step = refuse({ at: 'after', fallbacks: [reply([text('c', 'd')])] }, [text('a', 'b')], {
      faults: { truncateAfterDeltas: 3 },
    })
    expect(textOf(await stream(await simulate({ script: [step] }), asked, header))).toBe('abc')
  })
})

it('the reply of a fallback model can be sent back, and its thinking is bound to the conversation before it', async () => {
  const partial = [thinking('Hm'), text('one ')]
  const step = refuse({ at: 'after', fallbacks: [reply([thinking('Ah'), text('two'), toolUse('look')])] }, partial)
  const simulator = await simulate({ models: ['one', 'two'], script: [step], onExhausted: 'answer' })
  const client = new Anthropic({ apiKey: 'test', baseURL: simulator.url, maxRetries: 0 })
  const params = { model: 'one', max_tokens: 99, fallbacks: [{ model: 'two' }] }
  const hello = { role: 'user' as const, content: 'Hello' }
  const betas = ['server-side-fallback-2026-07-01']
  const served = await client.beta.messages.stream({ ...params, messages: [hello], betas }).finalMessage()
  const { id } = served.content.at(-1) as { id: string }
  const answer = { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] }
  const back = (content: readonly unknown[]) =>
    send(simulator, {
      ...params,
      model: 'two',
      fallbacks: null,
      messages: [hello, { role: 'assistant', content }, answer],
    })
  const types = served.content.map(({ type }) => type)
  expect(types).toEqual(['thinking', 'text', 'fallback', 'thinking', 'text', 'tool_use'])
  expect((await errorOf(await back(served.content))).error.message).toContain('before the last `fallback` block')
  expect((await back(served.content.slice(1))).status).toBe(200)
  expect((await errorOf(await back(served.content.slice(2)))).error.message).toContain('different conversation')
})
