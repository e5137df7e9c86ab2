// An inspector that is attacked over real sockets.
import { once } from 'node:events'
import { connect as connectTcp, type Socket } from 'node:net'
import { WebSocket } from 'ws'
import { afterEach } from 'vitest'
import { Hub, type HubOptions } from '../../src/inspect/hub/hub.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { serve, type ServerOptions } from '../../src/inspect/web/server.ts'
import { type PageMessage, processPath } from '../../src/inspect/wire/messages.ts'
import { chart, keeper } from '../inspect/fixtures.ts'

const running: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const end of running.splice(0).toReversed()) await end()
})

export const endsWithTest = (end: () => Promise<void> | void): void => void running.push(end)

export const tokens = { look: 'a-token-that-lets-look', control: 'a-token-that-lets-control' }

/** An inspector with limits low enough for a test. */
export async function attackable(options: HubOptions & ServerOptions = {}) {
  const hub = new Hub(options)
  const server = await serve(hub, 0, tokens, options)
  running.push(async () => {
    hub.close()
    await server.close()
  })
  const { url, controlUrl } = server
  return { hub, url, controlUrl: controlUrl ?? '', port: Number(new URL(url).port) }
}

export interface Socketed {
  readonly socket: WebSocket
  readonly say: (message: unknown) => void
  readonly all: readonly PageMessage[]
  readonly until: (isThere: (all: readonly PageMessage[]) => boolean) => Promise<void>
  /** The code and reason with which it was closed. */
  readonly closed: Promise<string>
}

/** A client that can send anything. */
export async function peerOf(url: string, kind: 'page' | 'process'): Promise<Socketed> {
  const socket = new WebSocket(`${url.replace('http:', 'ws:')}${kind === 'page' ? 'page' : processPath}`)
  running.push(() => socket.terminate())
  const { all, add, until } = keeper<PageMessage>()
  socket.on('message', (data: Buffer) => add(JSON.parse(data.toString('utf8')) as PageMessage))
  socket.on('error', () => {})
  const closed = new Promise<string>((resolve) =>
    socket.once('close', (code, reason) => resolve(`${code} ${reason.toString('utf8')}`.trim())),
  )
  await once(socket, 'open')
  return { socket, all, until, closed, say: (message) => socket.send(JSON.stringify(message)) }
}

/** A process that has introduced itself. */
export async function processOf(url: string, resume?: string): Promise<Socketed> {
  const peer = await peerOf(url, 'process')
  peer.say({ type: 'hello', origin: { kind: 'process', name: 'app.js', pid: 99 }, resume })
  return peer
}

export const conversation = (key: string, allowsControl = false) => ({
  type: 'conversation',
  key,
  chart,
  allowsControl,
})

export const records = (key: string, list: readonly unknown[], state = 'idle') => ({
  type: 'records',
  key,
  records: list,
  state,
})

export const eventRecord = (seq: number, text = 'x'): InspectionRecord => ({
  v: 1,
  type: 'event',
  seq,
  at: 1,
  conversation: 'c1',
  actor: 'conversation',
  session: 's',
  event: text,
  source: null,
  turnId: null,
  attempt: null,
})

/** All data of a plain connection until it is closed. */
export async function rawAnswer(port: number, text: string): Promise<string> {
  const socket = rawSocket(port)
  socket.write(text)
  let answer = ''
  for await (const data of socket) answer += (data as Buffer).toString('latin1')
  return answer
}

export function rawSocket(port: number): Socket {
  const socket = connectTcp(port, '127.0.0.1')
  socket.on('error', () => {})
  running.push(() => void socket.destroy())
  return socket
}
