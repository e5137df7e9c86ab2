// Viewers that can break rules, and the outcome for them.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { afterEach } from 'vitest'

const sockets: WebSocket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate()
})

export interface Visit {
  readonly socket: WebSocket
  readonly heard: unknown[]
  /** The code and reason with which it is closed. */
  readonly closed: Promise<string>
  readonly say: (message: unknown) => void
  /** Resolves once everything that it sent was read. */
  readonly settled: () => Promise<void>
}

/** Connects with these headers, and keeps the messages it gets. */
export async function visit(address: string, headers: Readonly<Record<string, string>> = {}): Promise<Visit> {
  const socket = new WebSocket(`ws://${address}`, { headers })
  sockets.push(socket)
  const heard: unknown[] = []
  socket.on('message', (data: Buffer) => void heard.push(JSON.parse(data.toString())))
  socket.on('error', () => {})
  const closed = new Promise<string>((resolve) => {
    socket.on('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
  })
  await once(socket, 'open')
  return {
    socket,
    heard,
    closed,
    say: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    settled: () =>
      new Promise((resolve) => {
        socket.once('pong', () => resolve())
        socket.ping()
      }),
  }
}

/** How often each outcome occurred, as `12 × 1008 …, 1 × …`. */
export function tally(happened: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const one of happened) counts.set(one, (counts.get(one) ?? 0) + 1)
  return [...counts].map(([one, count]) => `${count} × ${one}`).join(', ')
}
