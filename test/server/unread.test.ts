// Answers that are complete, and whose readers stop reading before they have all of it.
import diagnostics from 'node:diagnostics_channel'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { serve } from '../../src/server/index.ts'
import { allOf, staged } from './stage.ts'

const path = '/v1/conversations/c1'
/** More than the buffers of a connection take. */
const size = 24_000_000
const stalledAfter = 500

/** A conversation with a long reply, served by a process that has not seen it being made. */
async function served() {
  const store = memoryStore()
  const { ask, asked, created, server: first } = staged({}, store)
  await created()
  const response = await ask('POST', `${path}/messages`, { input: 'hi' })
  ;(await asked(1)).answer('x'.repeat(size))
  await allOf(response)
  await first.close()
  const { server } = staged({ limits: { stalledAfter } }, store)
  const serving = await serve(server, { port: 0 })
  onTestFinished(() => serving.close())
  return { port: serving.port, turn: response.headers.get('turnstate-turn') }
}

/** Sends requests on one connection. Gives the ends that the client and the server have of it, once the first is being answered. */
async function connected(port: number, ...paths: readonly string[]) {
  const accepted = new Promise<Socket>((resolve) => {
    const start = (message: unknown) => {
      diagnostics.unsubscribe('http.server.request.start', start)
      resolve((message as { readonly request: IncomingMessage }).request.socket)
    }
    diagnostics.subscribe('http.server.request.start', start)
  })
  const socket = connect(port, '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  for (const each of paths) socket.write(`GET ${each} HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  return { socket, accepted: await accepted }
}

it.each([
  ['a stream that has ended', (turn: string | null) => `${path}/events?turn=${turn}`],
  ['a conversation', () => path],
])('the connection of a reader that takes no more of %s is cut', async (_what, toPath) => {
  const { port, turn } = await served()
  const { socket, accepted } = await connected(port, toPath(turn))
  const [head] = await once(socket, 'data')
  expect(String(head)).toContain('HTTP/1.1 200 OK')
  socket.pause()
  await once(accepted, 'close')
  let read = String(head).length
  socket
    .on('data', (data: Buffer) => void (read += data.length))
    .on('error', () => {})
    .resume()
  await once(socket, 'close')
  expect(read).toBeLessThan(size)
})

it('the connection of a slow reader is not: it gets everything', async () => {
  const { port } = await served()
  const { socket } = await connected(port, path)
  const from = performance.now()
  let [read, pauses] = [0, 0]
  for await (const data of socket) {
    read += (data as Buffer).length
    if (read < (pauses + 1) * 2_000_000) continue
    if (read > size) break
    pauses++
    await setTimeout(stalledAfter / 5)
  }
  expect(performance.now() - from).toBeGreaterThan(2 * stalledAfter)
  expect(read).toBeGreaterThan(size)
})

it('a stream that follows an answer on the same connection may be silent for as long as it wants', async () => {
  const { port } = await served()
  const { socket, accepted } = await connected(port, '/healthz', `${path}/events`)
  let read = ''
  while (!read.includes('text/event-stream')) read += String((await once(socket, 'data'))[0])
  expect(accepted.timeout).toBe(0)
})
