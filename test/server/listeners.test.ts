// Many viewers, messages and connections: nothing gathers listeners.
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { serve } from '../../src/server/index.ts'
import { connected, until } from '../client/connected.ts'
import { WireServer } from '../client/wire-server.ts'
import { allOf, eventsOf, staged, upTo } from './stage.ts'

const waiting = { prefer: 'respond-async' }
const limits = { streams: 1_000, requests: 1e9 }
const warnings: Error[] = []
const warned = (warning: Error) => void warnings.push(warning)

beforeAll(() => void process.on('warning', warned))
afterAll(() => void process.off('warning', warned))

const many = Array.from({ length: 60 }, (_, nth) => nth)

it('viewers of one conversation, open here or in another process, cause no warning about listeners', async () => {
  const store = memoryStore()
  const [here, elsewhere] = [staged({ limits }, store), staged({ limits }, store)]
  const path = await here.created()
  const serving = await serve(here.server, { port: 0 })
  const follow = async (ask: (path: string) => Promise<Response>) =>
    Promise.all(
      many.map(async () => {
        const events = eventsOf(await ask(`${path}/events`))
        await upTo(events, 'conversation')
        return events
      }),
    )
  const viewers = [
    ...(await follow((where) => here.ask('GET', where))),
    ...(await follow((where) => elsewhere.ask('GET', where))),
    ...(await follow((where) => fetch(serving.url + where))),
  ]
  const messages = many
    .slice(0, 20)
    .map((nth) => here.ask('POST', `${path}/messages`, { input: `message ${nth}` }, { 'idempotency-key': `k${nth}` }))
  for (const nth of many.slice(0, 20)) (await here.asked(nth + 1)).answer('fine')
  for (const message of messages) await allOf(await message)
  await here.json('POST', `${path}/messages`, { input: 'the last' }, waiting)
  ;(await here.asked(21)).refuseAs('cyber')
  for (const viewer of viewers) await upTo(viewer, 'turn.refused')
  for (const viewer of viewers) await viewer.return()
  await Promise.all([serving.close(), elsewhere.server.close()])
  await setImmediate()
  expect(warnings.map(({ stack }) => stack)).toEqual([])
}, 30_000)

it('a client that asks for the outcomes of many messages at once causes none either, and ends each request', async () => {
  const server = new WireServer()
  const signals = new Set<unknown>()
  const ended = new Set<string>()
  server.answer = ({ method, path }) => {
    const headers = { 'turnstate-version': '1' }
    if (method === 'POST') {
      const turnId = `t${server.opened.push(path)}`
      return new Response(JSON.stringify({ turnId, revision: 1 }), { status: 202, headers })
    }
    return path.includes('?turn=')
      ? new Response(new ReadableStream({ cancel: () => void ended.add(path) }), { headers })
      : null
  }
  const ask: typeof fetch = async (url, init) => {
    const address = url instanceof Request ? url.url : url.toString()
    if (address.includes('?turn=')) signals.add(init?.signal)
    return server.fetch(url, init)
  }
  const { chat, clock } = await connected({ fetch: ask }, server)
  const turns = many.slice(0, 30).map((nth) => chat.sendMessage(`message ${nth}`))
  await until(clock, () => server.opened.length === 30)
  server.change({ title: 'Bees' })
  await until(clock, () => signals.size === 30)
  await chat.close()
  expect((await Promise.all(turns)).map(({ status }) => status)).toEqual(turns.map(() => 'failed'))
  await setImmediate()
  expect(ended.size).toBe(30)
  expect(warnings.map(({ stack }) => stack)).toEqual([])
})
