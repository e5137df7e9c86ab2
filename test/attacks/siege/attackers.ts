// Attacks on the surfaces of an app that is watched. Each stops after a fixed time; its effect is measured in the app.
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { conversationMachine } from '../../../machines/index.ts'
import { chartOf } from '../../../src/inspect/index.ts'
import { processPath } from '../../../src/inspect/wire/messages.ts'
import { nestedJson } from '../../nested.ts'

export interface Target {
  readonly url: string
  readonly controlUrl: string | null
  readonly bridge: string
}

type Attack = (target: Target) => Promise<void>

/** Milliseconds that one attack takes. */
const breath = 400

/** Uses a socket, whether it was accepted or rejected, and terminates it at the end. */
async function withSocket(address: string, use: (socket: WebSocket) => Promise<unknown>): Promise<void> {
  const socket = new WebSocket(address, { perMessageDeflate: false })
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true))
    socket.once('error', () => resolve(false))
  })
  socket.on('error', () => {})
  try {
    if (isOpen) await use(socket)
  } finally {
    socket.terminate()
  }
}

const socketUrl = (url: string, path: string): string => `${url.replace('http', 'ws')}${path}`

const hello = (id: string): string =>
  JSON.stringify({ type: 'hello', origin: { kind: 'process', name: 'attacker', pid: 1, id } })

const chart = chartOf(conversationMachine as unknown as Parameters<typeof chartOf>[0])

const announce = (key: string, given: unknown = chart): string =>
  JSON.stringify({ type: 'conversation', key, chart: given, allowsControl: true })

const recordsOf = (...records: readonly object[]): string =>
  JSON.stringify({
    type: 'records',
    key: 'a',
    state: 'idle',
    records: records.map((record, seq) => ({ v: 1, seq, at: 1, conversation: 'c', ...record })),
  })

const facts = (given: readonly object[]): string =>
  recordsOf(...given.map((fact, index) => ({ type: 'fact', index, fact, state: null })))

const created = { type: 'conversation.created', v: 1, id: 'c', model: 'm1', at: 1 }

/** Connects as a process with conversations. */
const asProcess =
  (use: (socket: WebSocket) => void): Attack =>
  ({ url }) =>
    withSocket(socketUrl(url, processPath), async (socket) => {
      socket.send(hello(`attacker-${Math.random()}`))
      socket.send(announce('a'))
      use(socket)
      await wait(breath)
    })

/** The same, repeatedly until the time is over or the socket is closed. */
const flooding =
  (message: (n: number) => string): Attack =>
  ({ url }) =>
    withSocket(socketUrl(url, processPath), async (socket) => {
      socket.send(hello(`attacker-${Math.random()}`))
      socket.send(announce('a'))
      await flood(socket, message)
    })

async function flood(socket: WebSocket, message: (n: number) => string): Promise<void> {
  const end = performance.now() + breath
  for (let n = 0; performance.now() < end && socket.readyState === socket.OPEN; n++) {
    if (socket.bufferedAmount < 4e6) socket.send(message(n))
    else await wait(1)
    if (n % 200 === 0) await wait(0)
  }
}

const asPage =
  (use: (socket: WebSocket) => Promise<unknown>): Attack =>
  ({ url, controlUrl }) =>
    withSocket(socketUrl(controlUrl ?? url, 'page'), use)

const post =
  (path: string, body: () => string): Attack =>
  ({ url }) =>
    new Promise((resolve) => {
      const asked = httpRequest(`${url}${path}`, { method: 'POST', agent: false }, (response) => {
        response.resume()
        response.on('close', resolve)
      })
      asked.on('error', () => resolve())
      asked.end(body())
    })

const heading = '{"turnstate":"inspection","v":1}\n'
const filed = `${heading}${JSON.stringify({ conversation: 'c', state: 'idle', dropped: 0, chart })}\n`
const line = (record: object): string => `${JSON.stringify({ v: 1, seq: 0, at: 1, conversation: 'c', ...record })}\n`

const queued = (n: number) => ({ type: 'input.queued', turnId: `t${n}`, input: 'x', at: 1 })

/** Every attack, by its name. */
export const attacks: Readonly<Record<string, Attack>> = {
  'records of 20,000 levels': asProcess((socket) =>
    socket.send(
      `{"type":"records","key":"a","state":"idle","records":[{"v":1,"seq":0,"at":1,"conversation":"c","type":"event","x":${nestedJson(20_000)}}]}`,
    ),
  ),
  'a message of 48 MB': asProcess((socket) => socket.send('x'.repeat(48e6))),
  'a text of 12 MB in a fact': asProcess((socket) =>
    socket.send(facts([created, { ...queued(1), input: 'x'.repeat(12e6) }])),
  ),
  'endless conversations': flooding((n) => announce(`k${n}`)),
  'a compaction that replaces itself': asProcess((socket) =>
    socket.send(
      facts([
        created,
        { type: 'turn.opened', turnId: 'a', parent: null, input: 'x', at: 1, kind: 'compaction', replaces: 'a' },
        { type: 'turn.settled', turnId: 'a', status: 'completed', kept: true },
      ]),
    ),
  ),
  '20,000 queued inputs': asProcess((socket) =>
    socket.send(facts([created, ...Array.from({ length: 20_000 }, (_, n) => queued(n))])),
  ),
  'a chart whose states are each other’s parents': asProcess((socket) =>
    socket.send(
      announce('b', {
        ...chart,
        states: chart.states.map((state, n) => ({ ...state, parent: chart.states[(n + 1) % chart.states.length]?.id })),
      }),
    ),
  ),
  'facts without end': flooding((n) =>
    JSON.stringify({
      type: 'records',
      key: 'a',
      state: 'idle',
      records: [
        {
          v: 1,
          seq: n,
          at: 1,
          conversation: 'c',
          type: 'fact',
          index: n,
          fact: n === 0 ? created : queued(n),
          state: null,
        },
      ],
    }),
  ),
  'events without end': flooding((n) =>
    recordsOf({ seq: n, type: 'event', actor: 'conversation', event: 'x', source: null, turnId: null }),
  ),
  'endless messages that are not JSON': flooding(() => '{"type":"records",'),
  'a page that asks for control and never reads': asPage(async (socket) => {
    socket.pause()
    await flood(socket, (n) =>
      JSON.stringify({ type: 'control', id: `${n}`, key: 'x'.repeat(900), command: { command: 'stop' } }),
    )
  }),
  'a page that opens one conversation after the other and never reads': asPage(async (socket) => {
    const key = await new Promise<string>((resolve) => {
      socket.once('message', (data: Buffer) => {
        const list = JSON.parse(data.toString('utf8')) as {
          readonly conversations?: readonly { readonly key: string }[]
        }
        resolve(list.conversations?.[0]?.key ?? 'x')
      })
    })
    socket.pause()
    await flood(socket, () => JSON.stringify({ type: 'open', key }))
  }),
  '300 pages': async ({ url }) => {
    await Promise.all(Array.from({ length: 300 }, () => withSocket(socketUrl(url, 'page'), () => wait(breath))))
  },
  '300 requests that never end': async ({ url }) => {
    const { port, host, pathname } = new URL(url)
    const sockets = Array.from({ length: 300 }, () => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`POST ${pathname}import HTTP/1.1\r\nhost: ${host}\r\ncontent-length: 1000000\r\n\r\nx`)
      return socket
    })
    await wait(breath)
    for (const socket of sockets) socket.destroy()
  },
  'a file of 20,000 levels': post(
    'import',
    () => `${filed}{"v":1,"seq":0,"at":1,"conversation":"c","type":"event","x":${nestedJson(20_000)}}\n`,
  ),
  'a file of 30,000 queued inputs': post(
    'import',
    () =>
      filed +
      line({ type: 'fact', index: 0, fact: created, state: null }) +
      Array.from({ length: 30_000 }, (_, n) => line({ type: 'fact', index: n + 1, fact: queued(n), state: null })).join(
        '',
      ),
  ),
  'a file of one line of 30 MB': post('import', () => `${filed}"${'x'.repeat(30e6)}"\n`),
  'exports that are not read': async ({ url }) => {
    const { port, host, pathname } = new URL(url)
    const sockets = Array.from({ length: 20 }, () => {
      const socket = connect(Number(port), '127.0.0.1')
      socket.on('error', () => {})
      socket.pause()
      socket.write(`GET ${pathname}export.jsonl HTTP/1.1\r\nhost: ${host}\r\n\r\n`)
      return socket
    })
    await wait(breath)
    for (const socket of sockets) socket.destroy()
  },
  'viewers of the bridge that ask without end': ({ bridge }) =>
    withSocket(bridge, (socket) => flood(socket, () => '{"type":"xstate.inspecting"}')),
  'viewers of the bridge that ask without end and never read': ({ bridge }) =>
    withSocket(bridge, async (socket) => {
      socket.pause()
      await flood(socket, () => '{"type":"xstate.inspecting"}')
    }),
  'a viewer that sends 20,000 levels': ({ bridge }) =>
    withSocket(bridge, async (socket) => {
      socket.send(`{"type":"xstate.event","event":${nestedJson(20_000)}}`)
      await wait(breath)
    }),
}
