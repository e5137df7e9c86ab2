import Anthropic, { APIError } from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { type ConversationOptions, tool } from '../../../src/index.ts'
import { type GatewayOptions, gatewayRoutes } from '../../../src/server/gateway/index.ts'
import {
  httpError,
  refuse,
  refusalTestString,
  reply,
  type ScriptStep,
  type SimulatorOptions,
  startSimulator,
  text,
  thinking,
  toolUse,
} from '../../../src/testing/index.ts'
import { endAll, serving, simulatedClaude, smallRooms } from '../small-rooms.ts'

const closing: (() => Promise<unknown>)[] = []

afterEach(async () => {
  await endAll()
  for (const close of closing.splice(0)) await close()
})

const model = 'claude-opus-5-5'

/** A gateway with a simulated Claude behind its conversations, and the SDK's client of it. */
async function gateway(
  steps: readonly ScriptStep[] = [],
  options: Partial<ConversationOptions> = {},
  simulator: SimulatorOptions = {},
  routes: Partial<GatewayOptions> = {},
) {
  const { sim, conversation } = await simulatedClaude(steps, simulator)
  const rooms = smallRooms({ ...conversation, ...options })
  const url = await serving(gatewayRoutes({ rooms, ...routes }))
  const client = (headers: Record<string, string> = { 'turnstate-conversation': 'c1' }, more: object = {}) =>
    new Anthropic({ apiKey: 'client-key', baseURL: url, defaultHeaders: headers, maxRetries: 0, ...more })
  return { sim, rooms, url, client }
}

const user = (content: string) => ({ role: 'user' as const, content })
const said = ({ content }: Anthropic.Message) =>
  content.map((block) => (block.type === 'text' ? block.text : `[${block.type}]`)).join('')
const ask = (messages: Anthropic.MessageParam[], more: object = {}) => ({ model, max_tokens: 500, messages, ...more })

/** A client that keeps its history as the SDK's documentation shows it. */
function talking(client: Anthropic) {
  const messages: Anthropic.MessageParam[] = []
  return {
    messages,
    say: async (content: string) => {
      messages.push(user(content))
      const answer = await client.messages.create(ask(messages))
      messages.push({ role: 'assistant', content: answer.content })
      return answer
    },
  }
}

const asked = (sim: { requests: readonly { body: unknown }[] }, nth = -1) =>
  JSON.stringify((sim.requests.at(nth)?.body as { messages: unknown } | undefined)?.messages)

describe('a request that names a conversation', () => {
  it('gets a message of the API, with the fields that it asked for', async () => {
    const { client, sim } = await gateway([reply([thinking('Hm'), text('Hi')])])
    const message = await client().messages.create(
      ask([user('Hello')], { system: 'Be brief.', stop_sequences: ['x'], max_tokens: 123, metadata: { user_id: 'u' } }),
    )
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model,
      content: [
        { type: 'thinking', thinking: 'Hm', signature: expect.stringMatching(/./) },
        { type: 'text', text: 'Hi' },
      ],
      stop_reason: 'end_turn',
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    })
    expect(message.id).toMatch(/^msg_/)
    expect(sim.requests[0]?.body).toMatchObject({
      model,
      max_tokens: 123,
      system: 'Be brief.',
      stop_sequences: ['x'],
      metadata: { user_id: 'u' },
    })
  })

  it('gets the same as a stream', async () => {
    const { client } = await gateway([
      reply([thinking('Hm'), text('Hi ', 'there'), toolUse('look', { at: 1 }, 'toolu_1')]),
    ])
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
    const stream = client().messages.stream(ask([user('Hello')], { tools }))
    const texts: string[] = []
    stream.on('text', (piece) => texts.push(piece))
    const message = await stream.finalMessage()
    expect(message.content).toMatchObject([
      { type: 'thinking', thinking: 'Hm', signature: expect.stringMatching(/./) },
      { type: 'text', text: 'Hi there' },
      { type: 'tool_use', id: 'toolu_1', name: 'look', input: { at: 1 } },
    ])
    expect(message.stop_reason).toBe('tool_use')
    expect(texts.join('')).toBe('Hi there')
  })

  it('continues the conversation, with the whole history or with the new message alone', async () => {
    const { client, sim, rooms } = await gateway()
    const { say, messages } = talking(client())
    await say('one')
    await say('two')
    expect(sim.requests).toHaveLength(2)
    expect(asked(sim)).toContain('one')
    await client().messages.create(ask([user('three')]))
    expect(asked(sim)).toMatch(/one.*two.*three/)
    expect((await rooms.chat('c1')).history).toHaveLength(6)
    expect(messages).toHaveLength(4)
    expect(rooms.guests).toBe(0)
  })

  it('may name it in its metadata', async () => {
    const { client, rooms, sim } = await gateway()
    const metadata = { user_id: 'u', turnstate_conversation: 'c7' } as Anthropic.Metadata
    await client({}).messages.create(ask([user('Hello')], { metadata }))
    expect((await rooms.chat('c7')).messages).toHaveLength(2)
    expect(sim.requests[0]?.body).toMatchObject({ metadata: { user_id: 'u' } })
    expect(JSON.stringify(sim.requests[0]?.body)).not.toContain('c7')
  })

  it('begins with the history that it has', async () => {
    const { client, sim } = await gateway()
    const history: Anthropic.MessageParam[] = [user('My name is Ada'), { role: 'assistant', content: 'Hello Ada' }]
    const again = await client().messages.create(ask([...history, user('Who am I?')]))
    expect(asked(sim)).toMatch(/Ada.*Hello Ada.*Who am I/)
    await client().messages.create(
      ask([...history, user('Who am I?'), { role: 'assistant', content: again.content }, user('Sure?')]),
    )
    expect(asked(sim)).toMatch(/Ada.*Who am I.*Sure/)
  })

  it('that goes back in its history makes a branch', async () => {
    const { client, sim, rooms } = await gateway()
    const { say, messages } = talking(client())
    await say('one')
    await say('two')
    await say('three')
    await client().messages.create(ask([...messages.slice(0, 2), user('other')]))
    expect(asked(sim)).toMatch(/one.*other/)
    expect(asked(sim)).not.toMatch(/two|three/)
    expect((await rooms.chat('c1')).messages.filter(({ role }) => role === 'user')).toHaveLength(4)
  })

  it('with a history of something else is told so', async () => {
    const { client, sim } = await gateway()
    await talking(client()).say('one')
    const other = [user('never said'), { role: 'assistant' as const, content: 'Sure' }, user('two')]
    await expect(client().messages.create(ask(other))).rejects.toMatchObject({
      status: 400,
      error: { type: 'error', error: { type: 'invalid_request_error' } },
    })
    expect(sim.requests).toHaveLength(1)
  })

  it('that is sent again by the SDK asks nothing twice', async () => {
    const { client, sim } = await gateway([reply([text('once')]), reply([text('twice')])])
    const first = await client().messages.create(ask([user('Hello')]))
    const headers = { 'x-stainless-retry-count': '1' }
    const again = await client().messages.create(ask([user('Hello')]), { headers })
    expect(again).toEqual(first)
    expect(sim.requests).toHaveLength(1)
    expect(said(await client().messages.create(ask([user('Hello')])))).toBe('twice')
  })
})

describe('a refusal', () => {
  const bad = `Please read this out: ${refusalTestString}`

  it('is an empty message that says so; what was refused is never sent again, though the client has it in its history', async () => {
    const { client, sim } = await gateway([], {}, { refusal: { afterDeltas: 3, category: 'cyber' } })
    const { say, messages } = talking(client())
    await say('Hello')
    expect(await say(bad)).toMatchObject({
      content: [],
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: 'cyber' },
    })
    messages[messages.length - 1] = { role: 'assistant', content: 'half of what was refused' }
    for (const next of ['Can we go on?', 'And on?']) {
      expect((await say(next)).stop_reason).toBe('end_turn')
      expect(asked(sim)).not.toMatch(/half of what|MAGIC/)
      expect(asked(sim)).toContain('Hello')
    }
  })

  it('ends a stream as the API does, without any of the refused text', async () => {
    const { client } = await gateway([refuse({ at: { afterDeltas: 2 } }, [text('bad ', 'words ', 'here')])])
    const types: string[] = []
    const stream = client().messages.stream(ask([user('Hello')]))
    stream.on('streamEvent', ({ type }) => types.push(type))
    const message = await stream.finalMessage()
    expect(message).toMatchObject({ content: [], stop_reason: 'refusal', stop_details: { type: 'refusal' } })
    expect(types).toEqual(['message_start', 'message_delta', 'message_stop'])
  })

  it('that another model answers is that model’s reply, streamed or not', async () => {
    const steps = () => [refuse({ at: { afterDeltas: 2 } }, [text('bad ', 'words ', 'here')]), reply([text('Better')])]
    const { client, sim } = await gateway([...steps(), reply([text('Still')])], {
      onRefusal: { fallback: ['claude-sonnet-5'] },
    })
    const first = await client()
      .messages.stream(ask([user('Hello')]))
      .finalMessage()
    expect(first).toMatchObject({ model: 'claude-sonnet-5', content: [{ text: 'Better' }], stop_reason: 'end_turn' })
    const second = await client().messages.create(
      ask([user('Hello'), { role: 'assistant', content: first.content }, user('Go on')]),
    )
    expect(second.model).toBe('claude-sonnet-5')
    expect(asked(sim)).not.toContain('bad')
  })

  it('behind a tool call takes the turn with it', async () => {
    const { client, sim } = await gateway([
      reply([toolUse('look', {}, 'toolu_1')]),
      refuse({ at: { afterDeltas: 1 } }, [text('bad ', 'words')]),
      reply([text('Hi')]),
    ])
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
    const called = await client().messages.create(ask([user('Look')], { tools }))
    const history: Anthropic.MessageParam[] = [
      user('Look'),
      { role: 'assistant', content: called.content },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'poison' }] },
    ]
    expect((await client().messages.create(ask(history, { tools }))).stop_reason).toBe('refusal')
    await client().messages.create(ask([...history, { role: 'assistant', content: 'bad' }, user('Hello')], { tools }))
    expect(asked(sim)).not.toMatch(/poison|bad|Look/)
  })
})

describe('tools', () => {
  it('are run by the SDK’s tool runner, with the conversation behind it', async () => {
    const { client, rooms } = await gateway([
      reply([
        text('Let me see.'),
        toolUse('weather', { city: 'Rome' }, 'toolu_1'),
        toolUse('weather', { city: 'Oslo' }, 'toolu_2'),
      ]),
      reply([text('Sunny in both.')]),
      reply([toolUse('weather', { city: 'Bern' })]),
      reply([text('Sunny.')]),
    ])
    const cities: string[] = []
    const weather = betaTool({
      name: 'weather',
      description: 'The weather of a city.',
      inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } as const,
      run: ({ city }) => {
        cities.push(city)
        return `${city}: sunny`
      },
    })
    const params = { ...ask([user('How is it?')]), tools: [weather] }
    const runner = client().beta.messages.toolRunner(params)
    const last = await runner
    expect(last.content).toMatchObject([{ type: 'text', text: 'Sunny in both.' }])
    expect(cities).toEqual(['Rome', 'Oslo'])
    expect((await rooms.chat('c1')).history).toHaveLength(4)
    const streams = client({ 'turnstate-conversation': 'c2' }).beta.messages.toolRunner({ ...params, stream: true })
    for await (const stream of streams) await stream.finalMessage()
    expect(cities).toEqual(['Rome', 'Oslo', 'Bern'])
    expect((await rooms.chat('c2')).messages.at(-1)).toMatchObject({ status: 'complete' })
  })

  it('of the server run there; the client gets the reply', async () => {
    const look = tool({ name: 'look', description: 'Looks.', input: z.object({}), run: () => 'Sunny' })
    const { client } = await gateway([reply([text('Looking. '), toolUse('look')]), reply([text('It is sunny.')])], {
      tools: [look],
    })
    const message = await client().messages.create(ask([user('How is it?')]))
    expect(message).toMatchObject({
      stop_reason: 'end_turn',
      content: [{ text: 'Looking. ' }, { text: 'It is sunny.' }],
    })
  })

  it('that the client gives up leave no call behind', async () => {
    const { client, sim } = await gateway([reply([toolUse('look', {}, 'toolu_1')]), reply([text('Hi')])])
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
    await client().messages.create(ask([user('Look')], { tools }))
    expect(said(await client().messages.create(ask([user('Hello')], { tools })))).toBe('Hi')
    expect(sim.requests.at(-1)?.status).toBe(200)
  })

  it('need all their results at once', async () => {
    const { client } = await gateway([
      reply([toolUse('look', {}, 'toolu_1'), toolUse('look', {}, 'toolu_2')]),
      reply([text('Hi')]),
    ])
    const tools = [{ name: 'look', input_schema: { type: 'object' as const } }]
    const called = await client().messages.create(ask([user('Look')], { tools }))
    const result = (tool_use_id: string) => ({ type: 'tool_result' as const, tool_use_id, content: 'x' })
    const results = (...ids: string[]): Anthropic.MessageParam[] => [
      user('Look'),
      { role: 'assistant', content: called.content },
      { role: 'user', content: ids.map(result) },
    ]
    await expect(client().messages.create(ask(results('toolu_1'), { tools }))).rejects.toMatchObject({ status: 400 })
    await expect(client().messages.create(ask(results('toolu_9'), { tools }))).rejects.toMatchObject({ status: 404 })
    const first = await client().messages.create(ask(results('toolu_1', 'toolu_2'), { tools }))
    expect(said(first)).toBe('Hi')
    expect(await client().messages.create(ask(results('toolu_1', 'toolu_2'), { tools }))).toEqual(first)
  })
})

describe('an error', () => {
  it('has the status and the shape of the API’s, and is not tried again', async () => {
    const { client, sim } = await gateway([
      httpError(529),
      httpError(529),
      httpError(529),
      httpError(401),
      reply([text('Hi')]),
    ])
    const failing = client(undefined, { maxRetries: 2 }).messages.create(ask([user('Hello')]))
    await expect(failing).rejects.toBeInstanceOf(APIError)
    await expect(failing).rejects.toMatchObject({ status: 529, error: { error: { type: 'overloaded_error' } } })
    expect(sim.requests).toHaveLength(3)
    // The key is the server's, not the client's.
    await expect(client().messages.create(ask([user('Hello')]))).rejects.toMatchObject({
      status: 502,
      error: { type: 'error', error: { type: 'api_error' } },
    })
    expect(said(await client().messages.create(ask([user('Hello')])))).toBe('Hi')
  })

  it('in a stream is an error of the stream', async () => {
    const { client } = await gateway([httpError(401)])
    await expect(
      client()
        .messages.stream(ask([user('Hello')]))
        .finalMessage(),
    ).rejects.toBeInstanceOf(APIError)
  })

  it.each([
    ['a body that is no request', { model, messages: [user('Hello')] }, 400],
    ['a reply that is begun', ask([user('Hello'), { role: 'assistant', content: 'I' }]), 400],
    ['a field that the conversation sets itself', { ...ask([user('Hello')]), fallbacks: 'default' }, 400],
    ['a model that is not allowed', { ...ask([user('Hello')]), model: 'claude-other' }, 404],
  ])('answers %s', async (_, body, status) => {
    const { client, sim } = await gateway([], {}, {}, { models: [model] })
    await expect(client().messages.create(body as never)).rejects.toMatchObject({ status, error: { type: 'error' } })
    expect(sim.requests).toHaveLength(0)
  })

  it('is a conversation of somebody else, which looks like none', async () => {
    const { client } = await gateway()
    await client().messages.create(ask([user('Hello')]))
    const eve = client({ 'turnstate-conversation': 'c1', 'x-user': 'eve' })
    await expect(eve.messages.create(ask([user('Hello')]))).rejects.toMatchObject({ status: 404 })
  })

  it('says that a turn is in progress; a client that is gone can come back for its reply', async () => {
    const { client, rooms, sim } = await gateway([reply([text('one ', 'two')], { faults: { delay: 100 } })])
    const stop = new AbortController()
    const first = client().messages.create(ask([user('Count')]), { signal: stop.signal })
    await vi.waitFor(async () => expect((await rooms.chat('c1')).status).toBe('streaming'))
    await expect(client().messages.create(ask([user('Hello')]))).rejects.toMatchObject({ status: 409 })
    stop.abort()
    await expect(first).rejects.toThrow()
    const headers = { 'x-stainless-retry-count': '1' }
    expect(said(await client().messages.create(ask([user('Count')]), { headers }))).toBe('one two')
    expect(sim.requests).toHaveLength(1)
    await vi.waitFor(() => expect(rooms.guests).toBe(0))
  })
})

describe('a request that names no conversation', () => {
  it('is passed on as it is, with the key of the client, and no header that is not for the API', async () => {
    const upstream = await startSimulator()
    closing.push(() => upstream.close())
    const seen: Headers[] = []
    const { client, sim } = await gateway(
      [],
      {},
      {},
      {
        upstream: {
          baseURL: upstream.url,
          fetch: (url, init) => {
            seen.push(new Headers(init.headers))
            return fetch(url, init)
          },
        },
      },
    )
    const plain = client({ 'x-user': 'ada', cookie: 'a=b', 'x-forwarded-for': '10.0.0.1' })
    expect(said(await plain.messages.create(ask([user('Hello')])))).toContain('You wrote: "Hello"')
    expect(said(await plain.messages.stream(ask([user('Hello')])).finalMessage())).toContain('You wrote: "Hello"')
    expect(sim.requests).toHaveLength(0)
    expect(upstream.requests).toHaveLength(2)
    for (const headers of seen) {
      expect(headers.get('authorization')).toBe('Bearer client-key')
      expect([...headers.keys()].filter((name) => /cookie|x-user|forwarded|turnstate/.test(name))).toEqual([])
    }
    await expect(plain.messages.create(ask([user(refusalTestString)]))).resolves.toMatchObject({
      stop_reason: 'refusal',
    })
    await expect(plain.messages.create(ask([]))).rejects.toMatchObject({ status: 400 })
  })

  it('may get a key that the client does not have', async () => {
    const upstream = await startSimulator()
    closing.push(() => upstream.close())
    const { client } = await gateway(
      [],
      {},
      {},
      {
        upstream: { baseURL: `${upstream.url}/`, headers: () => ({ 'x-api-key': 'own-key' }) },
      },
    )
    await client({}).messages.create(ask([user('Hello')]))
    expect(upstream.requests[0]?.headers).toMatchObject({ 'x-api-key': 'own-key' })
    expect(upstream.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('is answered 404 where nothing is passed on, and 5xx where the API is gone', async () => {
    const { client } = await gateway()
    await expect(client({}).messages.create(ask([user('Hello')]))).rejects.toMatchObject({ status: 404 })
    const away = await gateway([], {}, {}, { upstream: { baseURL: 'http://127.0.0.1:9' } })
    await expect(away.client({}).messages.create(ask([user('Hello')]))).rejects.toMatchObject({ status: 500 })
    await expect(away.client({}).messages.countTokens({ model, messages: [user('Hello')] })).rejects.toMatchObject({
      status: 500,
    })
  })
})
