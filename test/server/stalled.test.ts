// Readers that stop reading: they give back what they hold, and come back when they can.
import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { serve } from '../../src/server/index.ts'
import { eventsOf, type Sent, staged, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }
const limits = { streams: 1, stalledAfter: 50, events: 1e9, requests: 1e9 }
/** More than the buffers of a connection take. */
const large = 'x'.repeat(8_000_000)

type Stage = ReturnType<typeof staged>

async function untilFree({ server }: Stage): Promise<void> {
  while (!/^turnstate_open_streams 0$/m.test(server.metrics())) await setImmediate()
}

it('a viewer whose connection takes no more is cut, so that it can come back: its stream does not count any more', async () => {
  const stage = staged({ limits })
  const { server, ask, json, asked, created } = stage
  const path = await created()
  const serving = await serve(server, { port: 0 })
  const socket = connect(serving.port, '127.0.0.1')
  socket.write(`GET ${path}/events HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  let read = ''
  while (!read.includes('event: conversation')) read += String((await once(socket, 'data'))[0])
  socket.pause()
  expect((await ask('GET', `${path}/events`)).status).toBe(429)
  for (let nth = 1; nth <= 4; nth++) {
    await json('POST', `${path}/messages`, { input: `${nth} ${large}` }, waiting)
    ;(await asked(nth)).answer('fine')
  }
  await untilFree(stage)
  const isClosed = once(socket, 'close')
  socket.on('error', () => {}).resume()
  await isClosed
  const last = /^id: (.*)$/m.exec(read)?.[1] ?? ''
  const again = eventsOf(await ask('GET', `${path}/events`, undefined, { 'last-event-id': last }))
  const seen: Sent[] = []
  for (let nth = 1; nth <= 4; nth++) seen.push(...(await upTo(again, 'turn.completed')))
  expect(seen.map(({ event }) => event)).not.toContain('conversation')
  await again.return()
  await serving.close()
}, 30_000)

it.each([
  ['this wire', '/v1/conversations/c1/messages', { input: 'hi' }],
  [
    'the AI SDK',
    '/ai/chat',
    { id: 'c1', messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'hi' }] }] },
  ],
])('a stream of %s that nobody reads ends, and its turn continues', async (_wire, path, body) => {
  const stage = staged({ limits })
  const { ask, json, asked, created } = stage
  await created()
  const response = await ask('POST', path, body)
  const reader = response.body?.getReader()
  const reply = await asked(1)
  reply.say('one ')
  await reader?.read()
  await untilFree(stage)
  while (!(await reader?.read())?.done);
  reply.push({ type: 'block.delta', index: 0, kind: 'text', text: 'two' })
  reply.stop('end_turn')
  const viewer = eventsOf(await ask('GET', '/v1/conversations/c1/events'))
  await upTo(viewer, 'conversation')
  while ((await json('GET', '/v1/conversations/c1')).body.status !== 'ready') await setImmediate()
  await viewer.return()
  expect(JSON.stringify((await json('GET', '/v1/conversations/c1')).body)).toContain('one two')
})

it('a large event is given in pieces, so that a reader is never slow because of its size alone', async () => {
  const { ask, json, asked, created } = staged()
  const path = await created()
  await json('POST', `${path}/messages`, { input: large.slice(0, 300_000) }, waiting)
  ;(await asked(1)).answer('fine')
  const response = await ask('GET', `${path}/events`)
  const sizes: number[] = []
  for await (const chunk of response.body ?? []) {
    sizes.push(chunk.length)
    if (sizes.reduce((sum, size) => sum + size, 0) > 300_000) break
  }
  expect(Math.max(...sizes)).toBeLessThanOrEqual(65_536)
})
