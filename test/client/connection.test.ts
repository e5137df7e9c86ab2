import { afterEach, describe, expect, it } from 'vitest'
import { connectConversation } from '../../src/client/index.ts'
import { TurnstateError } from '../../src/index.ts'
import { connected, shownBy, until } from './connected.ts'
import { ready } from './test-clock.ts'
import { problem, WireServer } from './wire-server.ts'

const settledTurn = async () => {
  const world = await connected()
  world.server.send('t1', 'Hello')
  world.server.say('text', 'Good day.')
  world.server.settle('completed')
  await ready()
  return world
}

describe('a conversation over HTTP', () => {
  it('is there at once, empty and without a state', async () => {
    const server = new WireServer()
    const chat = connectConversation({ url: 'https://server.test', id: 'c1', fetch: server.fetch })
    expect(chat).toMatchObject({
      id: 'c1',
      title: null,
      status: 'submitted',
      connection: 'connecting',
      canSend: false,
      messages: [],
      queue: [],
      pendingCalls: [],
      revision: 0,
      cost: null,
      error: null,
      refusal: null,
      rejection: null,
    })
    await chat.connected()
    expect(chat.connection).toBe('online')
    const { error: _, ...state } = server.state
    expect(shownBy(chat)).toEqual(state)
    await chat.close()
  })

  it('shows what the server says, and the reply as it grows', async () => {
    const { chat, server } = await connected()
    server.change({ title: 'Weather' })
    server.send('t1', 'Hello')
    server.say('thinking', 'Hm')
    server.say('text', 'Good')
    server.say('text', ' day 👋')
    await ready()
    expect(chat.title).toBe('Weather')
    expect(chat.status).toBe('streaming')
    expect(chat.messages.at(-1)?.parts).toEqual([
      { type: 'thinking', text: 'Hm' },
      { type: 'text', text: 'Good day 👋' },
    ])
  })

  it('keeps the identity of what did not change, also when everything is sent again', async () => {
    const { chat, server, clock } = await settledTurn()
    const { messages, queue, usage } = chat
    const [hello, answer] = messages
    server.send('t2', 'And now?')
    server.say('text', 'This')
    await ready()
    expect(chat.messages[0]).toBe(hello)
    expect(chat.messages[1]).toBe(answer)
    expect(chat.messages).toBe(chat.messages)
    server.settle('completed')
    await ready()
    const later = chat.messages
    server.forget()
    server.cutAfter(0)
    await until(clock, () => server.connections.length === 2 && chat.connection === 'online')
    expect(chat.messages).toBe(later)
    expect(chat.messages[0]).toBe(hello)
    expect(chat.queue).toBe(queue)
    expect(chat.usage).toBe(usage)
  })

  it('calls subscribers at once, and at most once in 33 ms while a reply grows', async () => {
    const { chat, server, clock } = await connected()
    let calls = 0
    const end = chat.subscribe(() => void calls++)
    server.change({ title: 'Weather' })
    await ready()
    expect(calls).toBe(1)
    server.send('t1', 'Hello')
    await ready()
    calls = 0
    for (let nth = 0; nth < 50; nth++) {
      server.say('text', 'a')
      await ready()
    }
    expect(calls).toBe(0)
    expect(clock.next(33)).toBe(true)
    expect(calls).toBe(1)
    expect(chat.messages.at(-1)?.parts).toEqual([{ type: 'text', text: 'a'.repeat(50) }])
    end()
    server.settle('completed')
    await ready()
    expect(calls).toBe(1)
  })

  it('calls listeners to a type before those to all, and reports one that throws', async () => {
    const { chat, server, logged } = await connected()
    const heard: string[] = []
    chat.on('*', ({ type }) => void heard.push(`* ${type}`))
    const end = chat.on('attempt.started', ({ model }) => void heard.push(model))
    chat.on('attempt.started', () => {
      throw new Error('a listener')
    })
    server.send('t1', 'Hello')
    await ready()
    expect(heard).toEqual(['m1', '* attempt.started'])
    expect(logged).toHaveLength(1)
    end()
    server.settle('stopped')
    server.send('t2', 'Hello')
    await ready()
    expect(heard).toEqual(['m1', '* attempt.started', '* turn.stopped', '* attempt.started'])
  })

  it('shows the outcome of a turn together with the state after it, whichever the server says first', async () => {
    const { chat, server } = await connected()
    const statuses: string[] = []
    chat.on('turn.completed', () => void statuses.push(chat.status))
    for (const early of [true, false]) {
      server.send(`t${early}`, 'Hello')
      server.say('text', 'Good day.')
      server.settle('completed', early)
      await ready()
    }
    expect(statuses).toEqual(['ready', 'ready'])
  })

  it('shows the error of the server as the same error while it is the same', async () => {
    const { chat, server, clock } = await connected()
    const error = {
      type: 'urn:turnstate:error:overloaded',
      title: 'Overloaded.',
      status: 503,
      detail: 'The API is overloaded.',
      code: 'overloaded',
      retryAfter: 7,
    }
    server.change({ status: 'error', error })
    await ready()
    const { error: first } = chat
    expect(first).toBeInstanceOf(TurnstateError)
    expect(first).toMatchObject({
      code: 'overloaded',
      message: 'The API is overloaded.',
      details: { status: 503, retryAfter: 7_000 },
      retryable: true,
    })
    server.forget()
    server.cutAfter(0)
    await until(clock, () => server.connections.length === 2 && chat.connection === 'online')
    expect(chat.error).toBe(first)
  })

  it('creates a conversation if no id is given, once, however often it has to try', async () => {
    const server = new WireServer()
    const created: unknown[] = []
    server.answer = ({ method, path, body, headers }) => {
      if (method !== 'POST' || path !== '') return null
      created.push(headers.get('idempotency-key'))
      server.state = { ...server.state, id: String(body['id']) }
      return created.length === 1 ? problem(409, 'conversation-exists') : null
    }
    server.mishaps.push('answer-lost')
    const { chat, clock } = await connected({ id: undefined as unknown as string, create: true }, server)
    await until(clock, () => chat.connection === 'online')
    expect(created).toEqual([chat.id, chat.id])
    expect(chat.id).toMatch(/^[0-9a-f]{32}$/)
    expect(server.connections).toEqual([null])
  })

  it('rejects an address that is none', () => {
    expect(() => connectConversation({ url: undefined as unknown as string })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})

describe('its connection', () => {
  it('resumes behind the last event that arrived', async () => {
    const { chat, server, clock } = await settledTurn()
    const last = server.log.at(-1)?.id
    server.cutAfter(10)
    server.change({ title: 'Cut in the middle' })
    server.change({ title: 'Missed' })
    await until(clock, () => chat.title === 'Missed')
    expect(server.connections).toEqual([null, last])
  })

  it('skips what a server repeats when it resumes', async () => {
    const { chat, server, clock } = await connected()
    const texts: string[] = []
    chat.on('delta', ({ text }) => void texts.push(text))
    server.send('t1', 'Hello')
    server.say('text', 'a')
    server.say('text', 'b')
    await ready()
    server.repeats = 3
    server.cutAfter(0)
    server.say('text', 'c')
    await until(clock, () => texts.includes('c'))
    expect(texts).toEqual(['a', 'b', 'c'])
    expect(chat.messages.at(-1)?.parts).toEqual([{ type: 'text', text: 'abc' }])
  })

  it('waits longer with each attempt that fails, up to 15 s, for random times', async () => {
    const { chat, server, clock } = await connected({}, failing(12))
    expect(chat.connection).toBe('offline')
    expect(chat.error?.code).toBe('server-unreachable')
    const waits: number[] = []
    while (server.connections.length === 0) {
      waits.push(clock.waits[0] ?? 0)
      clock.next()
      await ready()
    }
    expect(waits).toHaveLength(12)
    waits.forEach((ms, nth) => {
      const most = Math.min(250 * 2 ** nth, 15_000)
      expect(ms).toBeGreaterThanOrEqual(most / 2)
      expect(ms).toBeLessThanOrEqual(most)
    })
    expect(new Set(waits).size).toBeGreaterThan(6)
    expect(chat.connection).toBe('online')
    expect(chat.error).toBeNull()
  })

  it('waits as long as the server asks', async () => {
    const server = new WireServer()
    server.mishaps.push('closing')
    const { clock } = await connected({}, server)
    expect(clock.waits[0]).toBeGreaterThanOrEqual(1_000)
    clock.next()
    await ready()
    server.raw('retry: 5000\n\n')
    await ready()
    server.cutAfter(0)
    await ready()
    expect(clock.waits[0]).toBeGreaterThanOrEqual(5_000)
  })

  it('waits while another process holds the conversation, and while there are too many streams', async () => {
    const server = new WireServer()
    const answers = [
      problem(409, 'conversation-busy', { retryAfter: 3 }),
      problem(429, 'limit-exceeded', { retryAfter: 3 }),
      null,
    ]
    server.answer = () => answers.shift() ?? null
    const { chat, clock } = await connected({}, server)
    expect(chat).toMatchObject({ connection: 'offline', error: { code: 'conversation-busy' } })
    await until(clock, () => answers.length === 1)
    expect(clock.waits[0]).toBeGreaterThanOrEqual(3_000)
    await until(clock, () => chat.connection === 'online')
  })

  it('comes back at once when a server says where to resume', async () => {
    const { chat, server, clock } = await settledTurn()
    server.close()
    await ready()
    expect(chat.connection).toBe('connecting')
    expect(chat.error).toBeNull()
    expect(clock.waits[0]).toBeLessThanOrEqual(250)
    clock.next()
    await ready()
    expect(server.connections).toEqual([null, server.log.at(-1)?.id])
    expect(chat.connection).toBe('online')
  })

  it('is taken for dead after 45 s without a byte; a heartbeat is enough', async () => {
    const { chat, server, clock } = await connected()
    for (let minute = 0; minute < 3; minute++) {
      expect(clock.next(44_000)).toBe(false)
      clock.now += 44_000
      server.heartbeat()
      await ready()
    }
    expect(server.connections).toHaveLength(1)
    expect(clock.next(45_000)).toBe(true)
    await ready()
    expect(chat).toMatchObject({ connection: 'offline', error: { code: 'server-unreachable' } })
    clock.next()
    await ready()
    expect(chat.connection).toBe('online')
    expect(server.connections).toHaveLength(2)
  })

  it('waits out an answer that is not from a turnstate server, and says so', async () => {
    const server = new WireServer()
    server.mishaps.push('portal')
    const { chat, clock } = await connected({}, server)
    expect(chat).toMatchObject({ connection: 'offline', error: { code: 'server-unreachable' } })
    expect(chat.error?.message).toContain('turnstate-version')
    clock.next()
    await ready()
    expect(chat).toMatchObject({ connection: 'online', error: null })
  })

  it('begins anew when the stream cannot be read', async () => {
    const { chat, server, clock } = await settledTurn()
    server.raw('event: change\ndata: {"title":\n\n')
    await ready()
    expect(chat.connection).toBe('offline')
    await until(clock, () => chat.connection === 'online')
    expect(server.connections).toEqual([null, null])
    expect(chat.messages).toHaveLength(2)
  })

  it.each([
    ['conversation-unknown', 404],
    ['not-authenticated', 401],
    ['request-forbidden', 403],
  ])('ends when the server says %s', async (code, status) => {
    const server = new WireServer()
    server.answer = () => problem(status, code)
    const { chat, clock } = await connected({}, server)
    expect(chat).toMatchObject({ connection: 'closed', status: 'closed', canSend: false, error: { code } })
    await expect(chat.connected()).rejects.toMatchObject({ code })
    expect(clock.waits).toEqual([])
    expect(() => chat.sendMessage('Hello')).toThrow(expect.objectContaining({ code }))
    await expect(chat.setTitle('x')).rejects.toMatchObject({ code })
  })

  it.each([
    ['2', 'reload the page'],
    ['0', 'Update the server'],
  ])('ends with a clear error when the server comes back with version %s of the wire', async (version, advice) => {
    const { chat, server, clock } = await settledTurn()
    const turn = chat.sendMessage('Hello')
    await ready()
    server.version = version
    server.cutAfter(0)
    const waiting = chat.sendMessage('Still there?')
    await until(clock, () => chat.connection === 'closed')
    expect(chat.error).toMatchObject({ code: 'wire-version-unsupported', retryable: false })
    expect(chat.error?.message).toContain(advice)
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'wire-version-unsupported' } })
    expect(await waiting).toMatchObject({ status: 'failed', error: { code: 'wire-version-unsupported' } })
    expect(chat.messages).toHaveLength(3)
  })

  it('sends the headers that the app gives at the time of each request', async () => {
    const seen: (string | null)[] = []
    const server = new WireServer()
    server.answer = ({ headers }) => {
      seen.push(headers.get('authorization'))
      return null
    }
    let token = 0
    const { chat, clock } = await connected(
      { headers: () => Promise.resolve({ authorization: `Bearer ${++token}` }) },
      server,
    )
    server.cutAfter(0)
    await until(clock, () => chat.connection === 'online' && server.connections.length === 2)
    await chat.setTitle('x')
    expect(seen).toEqual(['Bearer 1', 'Bearer 2', 'Bearer 3'])
  })

  it('waits out headers that cannot be had, such as a token that cannot be refreshed', async () => {
    let tries = 0
    const headers = () => {
      if (++tries < 3) throw new Error('no token')
      return { authorization: 'Bearer 3' }
    }
    const { chat, clock, server } = await connected({ headers })
    expect(chat).toMatchObject({ connection: 'offline', error: { code: 'server-unreachable' } })
    await until(clock, () => chat.connection === 'online')
    expect(tries).toBe(3)
    expect(server.connections).toEqual([null])
  })

  describe('where the platform tells of the network', () => {
    const network = new EventTarget()
    afterEach(() => {
      Reflect.deleteProperty(globalThis, 'addEventListener')
      Reflect.deleteProperty(globalThis, 'removeEventListener')
    })

    it('comes back as soon as the network does, and leaves no listener behind', async () => {
      const listeners = new Set<unknown>()
      Object.assign(globalThis, {
        addEventListener: (type: string, listener: () => void) => {
          listeners.add(listener)
          network.addEventListener(type, listener)
        },
        removeEventListener: (type: string, listener: () => void) => {
          listeners.delete(listener)
          network.removeEventListener(type, listener)
        },
      })
      const { chat, server } = await connected()
      server.mishaps.push('unreachable', 'unreachable')
      network.dispatchEvent(new Event('offline'))
      await ready()
      expect(chat.connection).toBe('connecting')
      network.dispatchEvent(new Event('online'))
      await ready()
      expect(chat.connection).toBe('offline')
      network.dispatchEvent(new Event('online'))
      await ready()
      network.dispatchEvent(new Event('online'))
      await ready()
      expect(chat.connection).toBe('online')
      await chat.close()
      expect(listeners.size).toBe(0)
    })
  })
})

function failing(times: number): WireServer {
  const server = new WireServer()
  for (let nth = 0; nth < times; nth++) server.mishaps.push('unreachable')
  return server
}
