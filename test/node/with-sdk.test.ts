// `leanFetch()` under the SDK, and under `claude()`: nothing is different from the `fetch` of Node but the cost.
import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import * as fc from 'fast-check'
import { afterAll, expect, it, vi } from 'vitest'
import { claude } from '../../src/claude/claude.ts'
import { leanFetch } from '../../src/node/index.ts'
import {
  type HostileProgram,
  hostileProblems,
  hostilePrograms,
  httpError,
  playHostileProgram,
  reply,
  type ScriptStep,
  text,
} from '../../src/testing/index.ts'
import { clientOf, listen, model, simulate } from '../claude/fixtures.ts'
import { setUp } from '../hostile/set-up.ts'
import { runs } from '../runs.ts'
import { serve } from './servers.ts'

const fetch = leanFetch()
afterAll(() => fetch.close())

const asked = { model, max_tokens: 100, messages: [{ role: 'user' as const, content: 'Hello' }] }
const clients: Readonly<Record<string, ClientOptions>> = { 'the fetch of Node': {}, 'leanFetch()': { fetch } }
const words = reply([text('One ', 'two ', 'three')])

it.each(Object.keys(clients))('the SDK creates, streams, counts, retries and logs with %s', async (name) => {
  const overloaded = httpError(529, { headers: { 'retry-after-ms': '1' } })
  const simulator = await simulate({ script: [words, overloaded, words, words, httpError(400, { message: 'No.' })] })
  const logged: string[] = []
  const log = (message: string) => void logged.push(message)
  const logger = { debug: log, info: log, warn: log, error: log }
  const client = clientOf(simulator, { ...clients[name], logLevel: 'debug', logger })

  const created = await client.messages.create(asked)
  expect(created.content).toMatchObject([{ type: 'text', text: 'One two three' }])
  expect(created._request_id).toMatch(/^req_/)
  let streamed = ''
  for await (const event of await client.messages.create({ ...asked, stream: true }))
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') streamed += event.delta.text
  expect(streamed).toBe('One two three')
  expect(await client.messages.stream(asked).finalText()).toBe('One two three')
  await expect(client.messages.create(asked)).rejects.toThrow(
    expect.objectContaining({
      status: 400,
      requestID: expect.stringMatching(/^req_/),
      message: expect.stringContaining('No.'),
    }),
  )
  const counting = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"input_tokens":3}')
  })
  const counter = new Anthropic({ apiKey: 'test', baseURL: counting.url, ...clients[name] })
  expect(await counter.messages.countTokens({ model, messages: asked.messages })).toMatchObject({ input_tokens: 3 })
  expect(logged.filter((message) => message.includes('retrying'))).not.toEqual([])
})

const steps: Readonly<Record<string, ScriptStep>> = {
  'a reply': words,
  'a reply cut into single bytes': reply('Ünïcödé 😀', { faults: { splitEveryByte: true } }),
  'a connection that is reset before the headers': reply('One two', { faults: { resetBeforeHeaders: true } }),
  'a connection that is reset in the middle': reply([text('One ', 'two')], { faults: { resetAtByte: 700 } }),
  'a connection that is closed in the middle': reply([text('One ', 'two')], { faults: { dropAtByte: 700 } }),
  'a reply without its end': reply([text('One ', 'two')], { faults: { truncateBeforeStop: true } }),
  'an event that is no JSON': reply([text('One ', 'two')], { faults: { malformedAfterDeltas: 1 } }),
  'an error': httpError(429, { retryAfter: 3 }),
  'a page of a proxy': httpError(502, { body: '<html>Bad Gateway</html>' }),
}

it.each(Object.keys(steps))('claude() reads %s in the same way', async (name) => {
  const [step] = Object.entries(steps).flatMap(([key, value]) => (key === name ? [value] : []))
  const heard = async (options: ClientOptions) => {
    const { events, error } = await listen(claude(clientOf(await simulate({ script: step ? [step] : [] }), options)))
    // Each request has an id of its own, and the system's errors name the port.
    const { requestId: _, quote = '', ...details } = error?.details ?? {}
    const said = events.map((event) => (event.type === 'opened' ? event.type : event))
    return {
      said: JSON.stringify(said).replaceAll(/msg_\w+/g, 'msg'),
      code: error?.code,
      details,
      quote: quote.replaceAll(/\d{4,}/g, '0'),
    }
  }
  expect(await heard({ fetch })).toEqual(await heard({}))
})

it.each([
  ['nobody listens', 'http://127.0.0.1:1'],
  ['the host is unknown', 'http://host.invalid'],
])('where %s, the failure is the same', async (_, baseURL) => {
  const failing = async (options: ClientOptions) => {
    const { error } = await listen(claude(new Anthropic({ apiKey: 'test', baseURL, ...options })))
    return { code: error?.code, details: error?.details }
  }
  expect(await failing({ fetch })).toEqual(await failing({}))
})

it('claude() reads no web stream', async () => {
  const simulator = await simulate({ script: [words] })
  const enqueued = vi.spyOn(ReadableByteStreamController.prototype, 'enqueue')
  try {
    const { events } = await listen(claude(clientOf(simulator, { fetch, logLevel: 'debug', logger: silent })))
    expect(events.filter(({ type }) => type === 'block.delta')).toHaveLength(3)
    // The request's own body.
    expect(enqueued).toHaveBeenCalledTimes(1)
    await listen(claude(clientOf(await simulate({ script: [words] }))))
    expect(enqueued.mock.calls.length).toBeGreaterThan(2)
  } finally {
    enqueued.mockRestore()
  }
})

const silent = { debug() {}, info() {}, warn() {}, error() {} }

it('a conversation recovers from a hostile API as ever', async () => {
  const apis: (typeof globalThis.fetch)[] = []
  const { url } = await serve((request, response) => {
    const [, number, ...path] = (request.url ?? '').split('/')
    const left = new AbortController()
    response.on('close', () => left.abort())
    const answer = async () => {
      const body = Buffer.concat(await request.toArray()).toString()
      const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [name, String(value)])
      const api = apis[Number(number)] ?? globalThis.fetch
      const init = { method: request.method ?? '', headers, ...(body === '' ? {} : { body }), signal: left.signal }
      const given = await api(`http://hostile.invalid/${path.join('/')}`, init)
      response.writeHead(given.status, Object.fromEntries(given.headers))
      if (given.body) for await (const chunk of given.body) response.write(chunk)
      response.end()
    }
    // A connection that fails there fails here.
    answer().catch(() => response.destroy())
  })
  const play = fc.asyncProperty(hostilePrograms<fc.Arbitrary<HostileProgram>>(fc), async (program) => {
    const report = await playHostileProgram(program, (given) =>
      setUp({ ...given, url: `${url}/${apis.push(given.fetch) - 1}`, fetch }),
    )
    expect(hostileProblems(report)).toEqual([])
  })
  await fc.assert(play, { numRuns: runs(8), seed: 1, includeErrorInReport: true })
})
