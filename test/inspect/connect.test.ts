import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect as connectTcp, createServer, type Socket } from 'node:net'
import { WebSocketServer } from 'ws'
import { SimulatedClock } from 'xstate'
import { afterEach, describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/index.ts'
import { Hub } from '../../src/inspect/hub/hub.ts'
import { type ConnectOptions, connectInspector } from '../../src/inspect/link/connect-inspector.ts'
import type { PageMessage } from '../../src/inspect/wire/messages.ts'
import { serve } from '../../src/inspect/web/server.ts'
import { type InspectorOptions, startWithHub } from '../../src/inspect/web/start-inspector.ts'
import { start, until } from '../conversation/start.ts'
import { turn as turnOfLoop } from '../tools/fixtures.ts'
import { keeper, withoutTexts } from './fixtures.ts'

const running: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of running.splice(0).toReversed()) await one.close()
})

async function inspecting(options?: InspectorOptions) {
  const { inspector, hub } = await startWithHub(options)
  running.push(inspector)
  return { ...inspector, hub }
}

async function connecting(url: string, options?: ConnectOptions) {
  const connection = await connectInspector(url, options)
  running.push(connection)
  return connection
}

/** Resolves once the condition holds, after messages over a socket. */
async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turnOfLoop()
}

/** A proxy to an inspector, which the test can cut and pause. */
async function wayTo(url: string) {
  const { port, pathname } = new URL(url)
  const pairs = new Set<Socket>()
  let isHeld = false
  let letGo = () => {}
  const arrived = keeper<Socket>()
  const server = createServer((socket) => {
    pairs.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => pairs.delete(socket))
    socket.once('data', (data) => {
      const forward = () => {
        const there = connectTcp(Number(port), '127.0.0.1')
        there.on('error', () => {})
        there.on('close', () => socket.destroy())
        socket.on('close', () => there.destroy())
        // The inspector accepts only its own address as the host.
        there.write(data.toString('latin1').replace(/host: 127\.0\.0\.1:\d+/i, `host: 127.0.0.1:${port}`), 'latin1')
        there.pipe(socket).pipe(there)
      }
      if (isHeld) letGo = forward
      else forward()
      arrived.add(socket)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const way = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    arrived,
    pairs,
    cut: () => {
      for (const socket of pairs) socket.destroy()
    },
    hold: () => {
      isHeld = true
    },
    letGo: () => letGo(),
    close: () =>
      new Promise<void>((resolve) => {
        way.cut()
        server.close(() => resolve())
      }),
  }
  running.push(way)
  return way
}

describe('a connection to an inspector', () => {
  it('shows conversations of this process: states, facts and refusals, without texts', async () => {
    const { url, hub } = await inspecting()
    const connection = await connecting(url)
    expect(connection.isConnected).toBe(true)
    const world = start({ inspect: connection })
    await world.exchange('alpha question', 'alpha answer')
    const { turn, reply } = await world.ask('bravo question')
    reply.refuse()
    await turn
    await until(hub, () => hub.summaries()[0]?.refusals === 1)
    await until(hub, () => hub.conversations[0]?.log.view.revision === world.chat.revision)
    await until(hub, () => hub.summaries()[0]?.state === 'idle')
    expect(hub.summaries()).toMatchObject([
      { id: 'c1', status: 'live', turns: 2, includesText: false, origin: { kind: 'process', pid: process.pid } },
    ])
    const [kept] = hub.conversations
    expect(withoutTexts(kept?.log.view ?? ({} as never))).toEqual(
      withoutTexts(world.chat.actor.getSnapshot().context.view),
    )
    expect(JSON.stringify(kept?.log.all())).not.toMatch(/alpha|bravo/)
  })

  it('shows texts with includeText', async () => {
    const { url, hub } = await inspecting()
    const connection = await connecting(url, { includeText: true })
    const world = start({ inspect: connection })
    await world.exchange('alpha question', 'one')
    await until(hub, () => hub.summaries()[0]?.turns === 1)
    expect(hub.summaries()).toMatchObject([{ includesText: true }])
    expect(JSON.stringify(hub.conversations[0]?.log.all())).toContain('alpha question')
  })

  it('shows the conversations of several connections and of the inspector’s process separately', async () => {
    const inspector = await inspecting()
    const [one, two] = [await connecting(inspector.url), await connecting(inspector.url)]
    start({ id: 'a', inspect: one })
    start({ id: 'b', inspect: one })
    start({ id: 'c', inspect: two })
    start({ id: 'd', inspect: inspector })
    const ids = () => inspector.hub.summaries().map(({ id }) => id)
    await until(inspector.hub, () => ids().filter((id) => id !== '').length === 4)
    expect(ids().toSorted()).toEqual(['a', 'b', 'c', 'd'])
  })

  it('sends waiting records when it is closed, and the inspector keeps them', async () => {
    const { url, hub } = await inspecting()
    const connection = await connecting(url, { clock: new SimulatedClock() })
    const world = start({ inspect: connection })
    await world.exchange('alpha', 'one')
    await connection.close()
    await until(hub, () => hub.summaries()[0]?.status === 'gone')
    expect(hub.summaries()).toMatchObject([{ turns: 1, state: 'completed.saved' }])
    expect(connection.isConnected).toBe(false)
  })

  it('sends all records, even more than the network accepts at once', async () => {
    const { url, hub } = await inspecting()
    const connection = await connecting(url, { clock: new SimulatedClock(), includeText: true })
    const world = start({ inspect: connection })
    for (let n = 0; n < 12; n++) await world.exchange('x'.repeat(1_000_000), 'one')
    for (let n = 0; n < 1_200; n++) world.chat.setModel(`m${n % 2 === 0 ? 2 : 1}`)
    const { revision } = world.chat.actor.getSnapshot().context.view
    expect(revision).toBeGreaterThan(1_200)
    await connection.close()
    await until(hub, () => hub.summaries()[0]?.status === 'gone')
    expect(hub.conversations[0]?.log.facts).toHaveLength(revision)
  })

  it('waits at most two seconds for a hanging inspector when it is closed', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    server.on('connection', (socket) => socket.pause())
    const clock = new SimulatedClock()
    const { port } = server.address() as AddressInfo
    const connection = await connectInspector(`http://127.0.0.1:${port}/token/`, { clock })
    let isClosed = false
    const closed = connection.close().then(() => (isClosed = true))
    clock.increment(1_999)
    await turnOfLoop()
    expect(isClosed).toBe(false)
    clock.increment(1)
    await closed
    for (const socket of server.clients) socket.terminate()
    server.close()
  })

  it('can be closed twice', async () => {
    const { url } = await inspecting()
    const connection = await connecting(url)
    await Promise.all([connection.close(), connection.close()])
    await connection.close()
  })

  it('keeps an ended conversation readable', async () => {
    const { url, hub } = await inspecting()
    const connection = await connecting(url)
    const world = start({ inspect: connection })
    await world.exchange('alpha', 'one')
    await world.chat.close()
    await until(hub, () => hub.summaries()[0]?.status === 'ended')
    await connection.close()
    expect(hub.summaries()).toMatchObject([{ status: 'ended', turns: 1 }])
  })

  it('rejects a value that is not a conversation', async () => {
    const { url } = await inspecting()
    const connection = await connecting(url)
    expect(() => connection.attach({} as never)).toThrow(TurnstateError)
  })
})

describe('an inspector that disconnects', () => {
  it('gets everything again when it comes back, and the conversation never waits', async () => {
    const { url, hub } = await inspecting()
    const way = await wayTo(url)
    const clock = new SimulatedClock()
    const connection = await connecting(way.url, { clock })
    const world = start({ inspect: connection })
    await world.exchange('alpha', 'one')
    clock.increment(50)
    await until(hub, () => hub.summaries()[0]?.turns === 1)
    way.cut()
    await until(hub, () => hub.summaries()[0]?.status === 'gone')
    await eventually(() => !connection.isConnected)
    const { status } = await world.exchange('bravo', 'two')
    expect(status).toBe('completed')
    clock.increment(1_000)
    await eventually(() => connection.isConnected)
    await until(hub, () => hub.summaries()[0]?.status === 'live')
    clock.increment(50)
    await until(hub, () => hub.summaries()[0]?.turns === 2)
    expect(hub.conversations).toHaveLength(1)
    expect(hub.conversations[0]?.log.facts.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6])
    await world.exchange('charlie', 'three')
    clock.increment(50)
    await until(hub, () => hub.summaries()[0]?.turns === 3)
  })

  it('is tried again and again, silently, when it does not come back', async () => {
    const { inspector } = await startWithHub()
    const clock = new SimulatedClock()
    const connection = await connecting(inspector.url, { clock })
    const world = start({ inspect: connection })
    await inspector.close()
    await eventually(() => !connection.isConnected)
    for (let n = 0; n < 3; n++) {
      clock.increment(1_000)
      for (let waits = 0; waits < 20; waits++) await turnOfLoop()
      expect(connection.isConnected).toBe(false)
    }
    const { status } = await world.exchange('alpha', 'one')
    expect([status, world.logged]).toEqual(['completed', []])
  })

  it('is not tried again once the connection was closed', async () => {
    const { url, hub } = await inspecting()
    const way = await wayTo(url)
    const clock = new SimulatedClock()
    const connection = await connectInspector(way.url, { clock })
    way.cut()
    await eventually(() => !connection.isConnected)
    way.hold()
    clock.increment(1_000)
    await way.arrived.until(({ length }) => length === 2)
    const socket = way.arrived.all[1]
    const left = new Promise((resolve) => socket?.once('close', resolve))
    await connection.close()
    way.letGo()
    await left
    expect(connection.isConnected).toBe(false)
    expect(hub.conversations).toEqual([])
  })
})

describe('a faulty inspector', () => {
  it('is disconnected after ten seconds without reading, and the conversation continues', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    running.push({ close: () => new Promise<void>((resolve) => server.close(() => resolve())) })
    server.on('connection', (socket) => socket.pause())
    const clock = new SimulatedClock()
    const { port } = server.address() as AddressInfo
    const connection = await connecting(`http://127.0.0.1:${port}/token/`, { clock, includeText: true })
    const world = start({ inspect: connection })
    for (let n = 0; n < 60; n++) {
      await world.exchange('x'.repeat(250_000), 'one')
      clock.increment(50)
      await turnOfLoop()
    }
    expect(connection.isConnected).toBe(true)
    clock.increment(10_000)
    await eventually(() => !connection.isConnected)
    expect((await world.exchange('alpha', 'one')).status).toBe('completed')
    for (const socket of server.clients) socket.terminate()
  })

  it('is not tried again when it rejects the connection for a limit, and the conversations continue', async () => {
    const hub = new Hub({ limits: { conversationsOfProcess: 1 } })
    const server = await serve(hub, 0)
    running.push(server)
    const clock = new SimulatedClock()
    const connection = await connecting(server.url, { clock })
    expect(connection.disconnectReason).toBeNull()
    const worlds = [start({ inspect: connection }), start({ id: 'c2', inspect: connection })]
    await eventually(() => !connection.isConnected)
    expect(connection.disconnectReason).toContain('1 conversations at once')
    clock.increment(60_000)
    for (let n = 0; n < 20; n++) await turnOfLoop()
    expect(connection.isConnected).toBe(false)
    for (const world of worlds) expect((await world.exchange('alpha', 'one')).status).toBe('completed')
  })
})

describe('connecting', () => {
  it.each([
    '',
    'nonsense',
    'https://127.0.0.1:4983/token/',
    'http://127.0.0.1:4983',
    'http://127.0.0.1:4983/',
    5,
    null,
  ])('rejects the address %j with an example of a valid one', async (url) => {
    const failed = await connectInspector(url as string).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'invalid-option', message: expect.stringContaining('/<token>/') })
  })

  it('reports that nothing answers', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    server.close()
    await once(server, 'close')
    const failed = await connectInspector(`http://127.0.0.1:${port}/token/`).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'inspector-unreachable', message: expect.stringContaining(`:${port}`) })
  })

  it('reports a wrong token without repeating it', async () => {
    const { url } = await inspecting()
    const wrong = new URL('/wrong-token/', url).href
    const failed = await connectInspector(wrong).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'inspector-unreachable', message: expect.stringContaining('token') })
    expect(String(failed)).not.toContain('wrong-token')
  })

  it('accepts the address with and without a trailing slash', async () => {
    const { url } = await inspecting()
    expect((await connecting(url.replace(/\/$/, ''))).isConnected).toBe(true)
  })

  it('ignores messages of an inspector that are not commands', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    const said = keeper<{ type: string; id?: string; error?: string | null }>()
    server.on('connection', (socket) => {
      socket.on('message', (data: Buffer) => said.add(JSON.parse(data.toString('utf8')) as { type: string }))
      for (const wrong of [
        'hello',
        '{"type":"control"}',
        '{"type":"control","id":"a","key":"1","command":{"command":"dance"}}',
      ])
        socket.send(wrong)
      socket.send('{"type":"control","id":"b","key":"1","command":{"command":"stop"}}')
    })
    const connection = await connectInspector(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token/`)
    await said.until((all) => all.some(({ type }) => type === 'done'))
    expect(said.all).toMatchObject([{ type: 'hello' }, { type: 'done', id: 'b', error: expect.any(String) }])
    await connection.close()
    server.close()
  })
})

describe('control over the network', () => {
  /** The socket of a page. */
  async function pageOf(url: string) {
    const { WebSocket } = await import('ws')
    const socket = new WebSocket(`${url.replace('http:', 'ws:')}page`)
    const got = keeper<PageMessage>()
    socket.on('message', (data: Buffer) => got.add(JSON.parse(data.toString('utf8')) as PageMessage))
    await once(socket, 'open')
    running.push({
      close: () => {
        socket.terminate()
        return Promise.resolve()
      },
    })
    const done = async (id: string) => {
      await got.until((all) => all.some((message) => message.type === 'done' && message.id === id))
      return got.all.find((message) => message.type === 'done' && message.id === id)
    }
    return { got, done, say: (message: object) => socket.send(JSON.stringify(message)) }
  }

  const controlling = async (address: 'url' | 'controlUrl', app: boolean) => {
    const { url, hub, ...inspector } = await inspecting({ allowControl: true })
    const connection = await connecting(url, { allowControl: app })
    const world = start({ inspect: connection })
    await until(hub, () => hub.summaries()[0]?.state === 'idle')
    const page = await pageOf(address === 'url' ? url : (inspector.controlUrl ?? ''))
    const { key = '' } = hub.summaries()[0] ?? {}
    page.say({ type: 'open', key })
    await page.got.until((all) => all.some(({ type }) => type === 'log'))
    return { ...world, page, key, hub }
  }

  it.each([
    ['the address of the page', 'url', true, /--allow-control/],
    ['the process', 'controlUrl', false, /needs allowControl/],
  ] as const)('is refused when %s does not allow it', async (_, address, app, why) => {
    const { chat, page, key } = await controlling(address, app)
    page.say({ type: 'control', id: 'x', key, command: { command: 'close' } })
    expect(await page.done('x')).toMatchObject({ error: expect.stringMatching(why) })
    expect(chat.status).toBe('ready')
    for (const message of page.got.all) {
      if ('offers' in message) expect(message.offers).toEqual([])
      if (message.type === 'list') expect(message.conversations).toMatchObject([{ allowsControl: false }])
    }
  })

  it('executes commands when both allow it, and reports those that the conversation rejects', async () => {
    const { chat, page, key, asked } = await controlling('controlUrl', true)
    await page.got.until((all) =>
      all.some((message) => 'offers' in message && message.offers.some(({ event }) => event === 'user.send')),
    )
    page.say({ type: 'control', id: 'x', key, command: { command: 'send', text: 'alpha' } })
    expect(await page.done('x')).toMatchObject({ error: null })
    const reply = await asked(1)
    page.say({ type: 'control', id: 'y', key, command: { command: 'clear' } })
    expect(await page.done('y')).toMatchObject({ error: expect.stringContaining('turn is in progress') })
    reply.answer('one')
    await until(chat, () => chat.status === 'ready')
    page.say({ type: 'control', id: 'z', key, command: { command: 'close' } })
    expect(await page.done('z')).toMatchObject({ error: null })
    await until(chat, () => chat.status === 'closed')
  })
})

describe('a process', () => {
  const source = (path: string) => JSON.stringify(import.meta.resolve(path))

  it('exits on its own while it is connected and its conversation is open', async () => {
    const { url, hub } = await inspecting()
    const script = `
      import { createConversation } from ${source('../../src/index.ts')}
      import { connectInspector } from ${source('../../src/inspect/link/connect-inspector.ts')}
      const inspect = await connectInspector(process.env.INSPECTOR)
      const source = async function* () {
        yield { type: 'message.delta', stopReason: 'end_turn', usage: {} }
        yield { type: 'message.stopped' }
      }
      const chat = createConversation({ source, model: 'm1', maxTokens: 10, id: 'child', inspect })
      const { status } = await chat.sendMessage('hi')
      // Time for a batch to be sent.
      setTimeout(() => process.stdout.write(status), 200)
    `
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '-e', script],
      {
        env: { ...process.env, INSPECTOR: url },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let said = ''
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString('utf8')
    })
    try {
      const [code] = (await once(child, 'close')) as [number | null]
      expect([code, said]).toEqual([0, 'completed'])
      await until(hub, () => hub.summaries()[0]?.status === 'gone')
      expect(hub.summaries()).toMatchObject([{ id: 'child', turns: 1, origin: { pid: child.pid } }])
    } finally {
      child.kill('SIGKILL')
    }
  })
})
