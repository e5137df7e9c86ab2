// A request that is rejected has done nothing, and gives back what it took.
import { describe, expect, it } from 'vitest'
import { memoryStore, type Store, TurnstateError } from '../../src/index.ts'
import { conversationServer } from '../../src/server/index.ts'
import { allOf, eventsOf, moment, staged, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }
const gauge = (metrics: string, name: string) => Number(new RegExp(`^turnstate_${name} (.*)$`, 'm').exec(metrics)?.[1])

describe('a request for a stream', () => {
  it('opens no turn when its query is wrong or there are too many streams', async () => {
    const { ask, json, created, replies } = staged({ limits: { streams: 1 } })
    const path = await created()
    for (const query of ['frame=abc', 'frame=', 'frame=-1', 'frame=1001', 'padding=0x10', 'padding=1e9'])
      expect(await json('POST', `${path}/messages?${query}`, { input: 'hi' })).toMatchObject({
        status: 400,
        body: { code: 'request-malformed' },
      })
    const viewer = await ask('GET', `${path}/events`)
    expect((await json('POST', `${path}/messages`, { input: 'hi' })).status).toBe(429)
    await viewer.body?.cancel()
    expect((await json('GET', path)).body).toMatchObject({ status: 'ready', messages: [] })
    expect(replies).toHaveLength(0)
  })

  it('that is rejected, or asks for the headers only, does not count as an open stream', async () => {
    const { ask, json, created, server } = staged({ limits: { streams: 1, turns: 0 } })
    const path = await created()
    expect((await ask('GET', `${path}/events?frame=abc`)).status).toBe(400)
    expect((await ask('HEAD', `${path}/events`)).status).toBe(200)
    expect((await json('POST', `${path}/messages`, { input: 'hi' })).status).toBe(429)
    expect(gauge(server.metrics(), 'open_streams')).toBe(0)
  })
})

it('an address that takes other methods says which', async () => {
  const { ask } = staged()
  const allowed = async (path: string) => {
    const { status, headers } = await ask('DELETE', path)
    return [status, headers.get('allow')]
  }
  expect(await allowed('/v1/conversations')).toEqual([405, 'GET, POST'])
  expect(await allowed('/v1/conversations/c1/messages/t1')).toEqual([405, 'PUT'])
  expect(await allowed('/ai/chat')).toEqual([405, 'POST'])
  expect(await allowed('/v1/messages')).toEqual([404, null])
})

it('an id that no path can name is rejected', async () => {
  const { json, store } = staged()
  for (const body of [String.raw`{"id":"\ud800"}`, '{"id":".."}', '{"id":"."}', String.raw`{"id":"a\u0000"}`])
    expect(await json('POST', '/v1/conversations', body)).toMatchObject({
      status: 400,
      body: { code: 'request-malformed' },
    })
  expect((await store.list()).conversations).toEqual([])
  for (const id of ['a/b', '...', 'ä 😀'])
    expect(
      (
        await json(
          'GET',
          `/v1/conversations/${encodeURIComponent((await json('POST', '/v1/conversations', { id })).body.id)}`,
        )
      ).body.id,
    ).toBe(id)
})

it('a page of conversations has as many as asked for, up to 1,000', async () => {
  const { json, created } = staged()
  await created('c1')
  await created('c2')
  const { body } = await json('GET', '/v1/conversations?limit=1')
  expect(body.conversations).toHaveLength(1)
  expect((await json('GET', `/v1/conversations?limit=1&after=${body.next}`)).body.conversations).toHaveLength(1)
  for (const limit of ['abc', '', '0', '1001', '1e2'])
    expect((await json('GET', `/v1/conversations?limit=${limit}`)).body.code).toBe('request-malformed')
})

it('conversations are found by words of their titles, page by page', async () => {
  const { json, ask } = staged({ authorize: ({ headers }) => ({ id: headers.get('authorization') ?? '' }) })
  const as = (authorization: string) => ({ authorization })
  await json('POST', '/v1/conversations', { id: 'bob', title: 'Red apples' }, as('bob'))
  for (let index = 0; index < 60; index++) {
    const title = index % 10 === 0 ? `Äpfel and red pears ${index}` : `Something else ${index}`
    await json('POST', '/v1/conversations', { id: `c${index}`, title }, as('ann'))
  }
  const found = async (query: string) => {
    const titles: string[] = []
    let [after, pages] = ['', 0]
    do {
      const { body } = await json('GET', `/v1/conversations?${query}${after}`, undefined, as('ann'))
      titles.push(...body.conversations.map(({ title }: { title: string }) => title.replace('Äpfel and red pears', '')))
      after = body.next === null ? '' : `&after=${body.next}`
      pages++
    } while (after !== '')
    return { titles: titles.map(Number), pages }
  }
  const all = [50, 40, 30, 20, 10, 0]
  expect(await found('title=PEARS+%C3%A4pfel')).toEqual({ titles: all, pages: 1 })
  expect(await found('limit=4&title=pears')).toEqual({ titles: all, pages: 2 })
  // It stops looking, although there are none yet.
  expect(await found('limit=1&title=red+0')).toMatchObject({ titles: all })
  expect(await found('title=plums')).toMatchObject({ titles: [] })
  const answer = await ask('GET', '/v1/conversations?limit=1&title=pears+0', undefined, as('ann'))
  expect(await answer.json()).toMatchObject({ conversations: [{ id: 'c50' }], next: expect.any(String) })
})

it('a time that no timer can wait for is no limit', () => {
  for (const limits of [{ heartbeat: 0 }, { heartbeat: 2 ** 31 }, { idle: 2 ** 31 }, { shutdown: 2 ** 31 }])
    expect(() => staged({ limits })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
})

describe('a conversation that is deleted while somebody follows it', () => {
  it('can be created anew and followed', async () => {
    const { ask, json, created, asked } = staged()
    const path = await created()
    const viewer = eventsOf(await ask('GET', `${path}/events`))
    await upTo(viewer, 'conversation')
    expect((await json('DELETE', path)).status).toBe(204)
    expect((await upTo(viewer, 'resume')).at(-1)?.data).toEqual({ why: 'deleted' })
    expect((await viewer.next()).done).toBe(true)
    expect((await json('GET', `${path}/events`)).body.code).toBe('conversation-unknown')
    await created()
    const sent = await ask('POST', `${path}/messages`, { input: 'hi' })
    ;(await asked(1)).answer('hello')
    expect((await allOf(sent)).at(-1)?.event).toBe('turn.completed')
  })
})

describe('a conversation that another process deletes', () => {
  it('ends the streams of its viewers with the reason', async () => {
    const store = memoryStore()
    const [here, elsewhere] = [staged({}, store), staged({}, store)]
    const path = await elsewhere.created()
    const viewer = eventsOf(await here.ask('GET', `${path}/events`))
    await upTo(viewer, 'conversation')
    expect((await elsewhere.json('DELETE', path)).status).toBe(204)
    expect((await upTo(viewer, 'resume')).at(-1)?.data).toEqual({ why: 'deleted' })
  })
})

describe('options that the function of the app gives', () => {
  const served = (options: () => unknown) => {
    const logged: unknown[] = []
    const store = memoryStore()
    const server = conversationServer({
      store,
      options: options as never,
      logger: { warn: () => {}, error: (...words) => void logged.push(...words) },
    })
    const create = async () => {
      const headers = { 'content-type': 'application/json' }
      const request = new Request('http://localhost/v1/conversations', { method: 'POST', headers, body: '{"id":"c1"}' })
      const response = await server.fetch(request)
      return [response.status, await response.text()] as const
    }
    return { create, logged, store }
  }

  it.each([
    ['that no conversation can have', () => ({ source: async function* () {}, model: 'm1', maxTokens: 'secret-7' })],
    [
      'that are wrong for a store',
      () => ({ source: async function* () {}, model: 'm1', maxTokens: 9, lease: 'secret-7' }),
    ],
    ['that are none', () => {}],
    [
      'whose making fails',
      () => {
        throw new TurnstateError('invalid-option', 'secret-7')
      },
    ],
  ])('and %s are the fault of the server: 500, and only its log says why', async (_what, options) => {
    const { create, logged, store } = served(options)
    const [status, text] = await create()
    expect([status, JSON.parse(text).code]).toEqual([500, 'server-misconfigured'])
    expect(text).not.toMatch(/secret-7|maxTokens/)
    expect(logged.some((word) => word instanceof TurnstateError && word.cause instanceof Error)).toBe(true)
    expect((await store.list()).conversations).toEqual([])
  })

  it('are not made for somebody whom the app turns away: its error is the answer', async () => {
    const { create, logged } = served(() => {
      throw new TurnstateError('request-forbidden', 'Ask your administrator.')
    })
    expect((await create())[0]).toBe(403)
    expect(logged).toEqual([])
  })
})

describe('forks', () => {
  const talked = async (given: Parameters<typeof staged>[0] = {}) => {
    const stage = staged(given)
    const path = await stage.created()
    const sent = await stage.ask('POST', `${path}/messages`, { input: 'one' })
    ;(await stage.asked(1)).answer('first')
    await allOf(sent)
    return { ...stage, path }
  }

  it('that are asked for at once with the same key are one', async () => {
    const { json, path } = await talked()
    const made = await Promise.all([1, 2, 3].map(() => json('POST', `${path}/fork`, {}, { 'idempotency-key': 'k' })))
    expect(made.map(({ status, body }) => [status, body.id, body.messages?.length])).toEqual(
      made.map(() => [201, made[0]?.body.id, 2]),
    )
  })

  it('that are asked for at once with the same id are one, and the others are rejected', async () => {
    const { json, path } = await talked()
    const made = await Promise.all([1, 2, 3].map(() => json('POST', `${path}/fork`, { id: 'same' })))
    expect(made.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([201, 409, 409])
    expect((await json('GET', '/v1/conversations/same')).body.messages).toHaveLength(2)
  })

  it('are other ones than what the same key has made elsewhere', async () => {
    const { json, path } = await talked()
    const key = { 'idempotency-key': 'k' }
    const made = await json('POST', '/v1/conversations', {}, key)
    const forked = await json('POST', `${path}/fork`, {}, key)
    expect([forked.status, forked.body.messages?.length]).toEqual([201, 2])
    expect(forked.body.id).not.toBe(made.body.id)
  })

  it('count among the conversations in memory', async () => {
    const { json, path, server } = await talked({ limits: { open: 2 } })
    for (const id of ['f1', 'f2', 'f3']) expect((await json('POST', `${path}/fork`, { id })).status).toBe(201)
    expect(gauge(server.metrics(), 'open_conversations')).toBeLessThanOrEqual(2)
  })
})

it('a refused message counts as one that has ended', async () => {
  const { ask, asked, created, server } = staged()
  const path = await created()
  const sent = await ask('POST', `${path}/messages`, { input: 'hi' })
  ;(await asked(1)).refuseAs('cyber')
  await allOf(sent)
  expect(server.metrics()).toContain('turnstate_turns_total{outcome="refused"} 1')
})

/** More than the server keeps in these tests. */
const long = Array.from({ length: 300 }, (_, nth) => `word ${nth} `)

it('a message that waits gets its events, however much is said to others meanwhile', async () => {
  const { ask, created, asked } = staged({ limits: { events: 20_000 } })
  const path = await created()
  await ask('POST', `${path}/messages`, { input: 'one' }, waiting)
  const reply = await asked(1)
  const second = eventsOf(await ask('POST', `${path}/messages`, { input: 'two' }))
  await upTo(second, 'input.queued')
  const next = upTo(second, 'turn.completed')
  reply.say(...long)
  reply.stop('end_turn')
  ;(await asked(2)).answer('done')
  expect((await next).at(-1)?.data.outcome.text).toBe('done')
})

it('a slow reader is not gone: its turn continues with onDisconnect: stop', async () => {
  const { ask, json, created, asked } = staged({ onDisconnect: 'stop', limits: { events: 10_000 } })
  const path = await created()
  const slow = await ask('POST', `${path}/messages?frame=0`, { input: 'hi' })
  const reply = await asked(1)
  reply.say(...long)
  for (let text = ''; !text.includes('word 299');) text = JSON.stringify((await json('GET', path)).body.messages)
  await moment()
  expect((await allOf(slow)).at(-1)).toMatchObject({ event: 'resume', data: { why: 'slow' } })
  const viewer = eventsOf(await ask('GET', `${path}/events`))
  await upTo(viewer, 'conversation')
  reply.stop('end_turn')
  expect((await upTo(viewer, 'turn.completed')).at(-1)?.data.outcome.status).toBe('completed')
  await viewer.return()
})

it('a conversation that was created is stored when that is answered', async () => {
  const { json } = staged()
  const { body } = await json('POST', '/v1/conversations', { id: 'c1' })
  expect(body).toMatchObject({ model: 'm1', revision: 1 })
})

it('says what is wrong with a body', async () => {
  const { json, created } = staged()
  const path = `${await created()}/messages`
  const detail = async (body: unknown) => (await json('POST', path, body)).body.detail
  expect(await detail({})).toContain('the field "input" is missing')
  expect(await detail({ input: 'hi', imput: 'x' })).toContain('there is no field "imput"')
})

it('options that no conversation can have are rejected when the server is made', () => {
  expect(() => staged({ maxTokens: -1 })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  expect(() => staged({ onRefusal: 'forget' as never })).toThrow(expect.objectContaining({ code: 'policy-invalid' }))
  expect(() => staged({ onInterrupted: 'resume', lease: 1_000, takeOver: 1 })).not.toThrow()
})

function signal() {
  let resolve = () => {}
  const promise = new Promise<void>((done) => (resolve = done))
  return { promise, resolve: () => resolve() }
}

/** A store with a method that waits until it may go on, and then returns what the store had when it was called. */
function held(store: Store, name: 'facts' | 'get') {
  const gate = signal()
  const called = signal()
  let isHeld = false
  const replaced = {
    async *facts(id: string) {
      const pages = []
      for await (const page of store.facts(id)) pages.push(page)
      if (isHeld) {
        called.resolve()
        await gate.promise
      }
      yield* pages
    },
    async get(id: string) {
      const listing = await store.get(id)
      if (isHeld) {
        called.resolve()
        await gate.promise
      }
      return listing
    },
  }
  const holding = new Proxy(store, {
    get(target, key) {
      if (key === name) return replaced[name]
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return {
    store: holding,
    hold: () => void (isHeld = true),
    called: called.promise,
    release: () => {
      isHeld = false
      gate.resolve()
    },
  }
}

it('a viewer that comes back from another process gets what ends while the facts are read, once', async () => {
  const store = memoryStore()
  const before = staged({}, store)
  const path = await before.created()
  const viewer = eventsOf(await before.ask('GET', `${path}/events`))
  const [begun] = await upTo(viewer, 'conversation')
  await before.json('POST', `${path}/messages`, { input: 'one' }, waiting)
  ;(await before.asked(1)).answer('first')
  await upTo(viewer, 'turn.completed')
  await viewer.return()
  await before.server.close()
  const slow = held(store, 'facts')
  const after = staged({}, slow.store)
  const sent = await after.ask('POST', `${path}/messages`, { input: 'two' })
  const reply = await after.asked(1)
  slow.hold()
  const resumed = after.ask('GET', `${path}/events`, undefined, { 'last-event-id': begun?.id ?? '' })
  await slow.called
  reply.answer('second')
  await allOf(sent)
  slow.release()
  const stream = eventsOf(await resumed)
  const seen = await upTo(stream, 'conversation')
  await after.json('POST', `${path}/messages`, { input: 'three' }, waiting)
  ;(await after.asked(2)).answer('third')
  seen.push(...(await upTo(stream, 'turn.completed')))
  await stream.return()
  const outcomes = seen.filter(({ event }) => event === 'turn.completed').map(({ data }) => data.outcome.text)
  expect(outcomes).toEqual(['first', 'second', 'third'])
})

it('a server that closes lets in no request that was waiting for the store', async () => {
  const store = memoryStore()
  const before = staged({}, store)
  const path = await before.created()
  await before.server.close()
  const slow = held(store, 'get')
  const { server, json } = staged({}, slow.store)
  slow.hold()
  const cleared = json('POST', `${path}/clear`)
  await slow.called
  await server.close()
  slow.release()
  expect(await cleared).toMatchObject({ status: 503, body: { code: 'server-closing' } })
  expect(gauge(server.metrics(), 'open_conversations')).toBe(0)
})

it('a server closes in its time, also when the store does not answer', async () => {
  const store = memoryStore()
  const stuck = new Proxy(store, {
    get(target, key) {
      if (key === 'open') return () => new Promise(() => {})
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const { server, ask } = staged({ limits: { shutdown: 10 } }, stuck)
  void ask('POST', '/v1/conversations', { id: 'c1' })
  while (gauge(server.metrics(), 'open_conversations') === 0) await Promise.resolve()
  await server.close()
})
