// Hostile requests to the simulator: it answers as the API does or closes the connection, and keeps running.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import { reply, type Simulator, type SimulatorOptions, startSimulator, text } from '../../src/testing/index.ts'
import { nestedJson } from '../nested.ts'
import { request, send } from '../simulator/http.ts'
import { attackSurface } from './attack.ts'

const body = JSON.stringify(request())

const head = (length: number, more = '') =>
  `POST /v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: k\r\nanthropic-version: 2023-06-01\r\ncontent-type: application/json\r\n${more}content-length: ${length}\r\n\r\n`

async function opened({ port }: Simulator): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.resume()
  await once(socket, 'connect')
  return socket
}

const closed = (socket: Socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve()))

/** The statuses of the responses on a connection, until it is closed or there are this many. */
const answersOf = (socket: Socket, most = Infinity): Promise<readonly string[]> =>
  new Promise((resolve) => {
    const found: string[] = []
    let line = ''
    socket.on('data', (chunk: Buffer) => {
      const lines = (line + chunk.toString('latin1')).split('\n')
      line = lines.pop() ?? ''
      // A body ends without a line break, so the next status follows it on the same line.
      for (const each of lines)
        found.push(...Array.from(each.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status = '']) => status))
      if (found.length >= most) resolve(found)
    })
    socket.once('close', () => resolve(found))
  })

const saying = async (answer: Response): Promise<string> => {
  const said = await answer.text()
  const { error } = JSON.parse(said) as { error?: { type: string } }
  return error ? `${answer.status}, ${error.type}` : `${answer.status}`
}

/** Attacks a simulator, and checks that it answers afterwards. */
const against =
  (attack: (simulator: Simulator) => Promise<string>, options: SimulatorOptions = {}) =>
  async () => {
    const simulator = await startSimulator(options)
    try {
      const happened = await attack(simulator)
      const after = await send(simulator, request())
      expect(after.status).toBe(200)
      return `${happened}; the next request: ${after.status}`
    } finally {
      await simulator.close()
    }
  }

const sending = (sent: string) => against(async (simulator) => saying(await send(simulator, sent)))

attackSurface('Simulator', [
  { attack: 'a body nested a million levels deep', run: sending(nestedJson(1_000_000)) },
  {
    attack: 'a message nested 20,000 levels deep',
    run: sending(
      JSON.stringify(request({ messages: 'HERE' })).replace(
        '"HERE"',
        `[{"role":"user","content":${nestedJson(20_000)}}]`,
      ),
    ),
  },
  {
    attack: 'a system prompt nested 1,000 levels deep, which is valid JSON',
    run: sending(JSON.stringify(request({ system: 'HERE' })).replace('"HERE"', nestedJson(1_000))),
  },
  { attack: 'a body of a million brackets that are never closed', run: sending('['.repeat(1_000_000)) },
  {
    attack: 'half a surrogate pair',
    run: sending(
      String.raw`{"model":"claude-opus-4-6","max_tokens":10,"messages":[{"role":"user","content":"\ud83d"}]}`,
    ),
  },
  { attack: 'keys of prototypes', run: sending(body.replace('{', '{"__proto__":{"stream":true},"constructor":1,')) },
  {
    attack: 'a body that is a number, with another content type',
    run: against(async (simulator) => saying(await send(simulator, '7', { 'content-type': 'text/plain' }))),
  },
  { attack: 'a body of 33 MB', run: sending('x'.repeat(33 * 1024 * 1024)) },
  {
    attack: 'an endless body',
    run: against(async (simulator) => {
      const socket = await opened(simulator)
      const answers = answersOf(socket)
      const gone = closed(socket)
      socket.write(head(1e12))
      const piece = Buffer.alloc(1024 * 1024, 'x')
      let sent = 0
      while (!socket.destroyed) {
        sent += piece.length
        if (!socket.write(piece))
          await Promise.race([new Promise<void>((resolve) => void socket.once('drain', () => resolve())), gone])
      }
      expect(sent).toBeLessThan(256 * piece.length)
      expect(await answers).toEqual(['413'])
      return '413, and the connection is closed'
    }),
  },
  {
    attack: '200 bodies whose last byte never arrives',
    run: against(async (simulator) => {
      const sockets = await Promise.all(Array.from({ length: 200 }, () => opened(simulator)))
      for (const socket of sockets) socket.write(head(body.length) + body.slice(0, -1))
      const { status } = await send(simulator, request())
      for (const socket of sockets) socket.destroy()
      return `another request in the meantime: ${status}`
    }),
  },
  {
    attack: '1,100 connections that send nothing',
    run: against(async (simulator) => {
      const sockets: Socket[] = []
      const all: Promise<void>[] = []
      let gone = 0
      let hundredAreGone = () => {}
      const closedByServer = new Promise<void>((resolve) => (hundredAreGone = resolve))
      // One hundred at a time: the system drops connections beyond those that it can queue, and tries again after seconds.
      for (let batch = 0; batch < 11; batch++) {
        const more = Array.from({ length: 100 }, () => connect(simulator.port, '127.0.0.1').resume())
        for (const socket of more) {
          socket.on('error', () => {}).once('close', () => void (++gone === 100 && hundredAreGone()))
          all.push(closed(socket))
        }
        sockets.push(...more)
        await Promise.all(more.map((socket) => once(socket, 'connect')))
      }
      await closedByServer
      const open = simulator.openSockets
      for (const socket of sockets) socket.destroy()
      await Promise.all(all)
      return `${open} are kept, the others closed`
    }),
  },
  {
    attack: '12,600 requests on one connection, sent at once',
    run: against(async (simulator) => {
      const socket = await opened(simulator)
      const answers = answersOf(socket, 12_600)
      socket.write('GET /v1/nothing HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(12_600))
      const statuses = new Set(await answers)
      socket.destroy()
      const kept = simulator.requests.length
      expect(kept + simulator.droppedRequests).toBe(12_600)
      return `${[...statuses].join()} to each; ${kept < 12_600 ? 'the newest are recorded, and the others counted' : 'all are kept'}`
    }),
  },
  {
    attack: 'a header of a megabyte',
    run: against(async (simulator) => {
      const socket = await opened(simulator)
      const answers = answersOf(socket)
      socket.write(head(body.length, `x-large: ${'x'.repeat(1024 * 1024)}\r\n`))
      return `${(await answers).join()}, and the connection is closed`
    }),
  },
  {
    attack: 'a client that disconnects in the middle of a reply, and of a stall',
    run: against(
      async (simulator) => {
        for (const _ of [1, 2]) {
          const leaving = new AbortController()
          const { body: stream } = await fetch(`${simulator.url}/v1/messages`, {
            method: 'POST',
            headers: { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' },
            body: JSON.stringify(request({ stream: true })),
            signal: leaving.signal,
          })
          await stream?.getReader().read()
          leaving.abort()
        }
        await Promise.all(simulator.requests.map((each) => each.closed))
        return `aborted: ${simulator.requests.map(({ aborted }) => aborted).join(', ')}`
      },
      {
        script: [
          reply([text('word '.repeat(2_000_000))]),
          reply([text('One', ' two')], { faults: { stallAfterDeltas: 1 } }),
        ],
        onExhausted: 'answer',
      },
    ),
  },
])
