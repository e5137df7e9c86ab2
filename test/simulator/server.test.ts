import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { startSimulator } from '../../src/testing/index.ts'
import { ask, bareHeaders, errorOf, headers, request, send, simulate } from './http.ts'

const post = (url: string, more: Record<string, string>, body: unknown = request()): Promise<Response> =>
  fetch(`${url}/v1/messages`, { method: 'POST', headers: { ...bareHeaders, ...more }, body: JSON.stringify(body) })

describe('the key', () => {
  it('is accepted as an x-api-key header', async () => {
    const { url } = await simulate()
    expect((await post(url, { 'x-api-key': 'k', 'anthropic-version': '2023-06-01' })).status).toBe(200)
  })

  it('is accepted as a bearer token', async () => {
    const { url } = await simulate()
    expect((await post(url, { authorization: 'Bearer k', 'anthropic-version': '2023-06-01' })).status).toBe(200)
  })

  it.each([
    ['no key at all', {}, 'x-api-key header is required'],
    ['an empty key', { 'x-api-key': '' }, 'x-api-key header is required'],
    ['a wrong key', { 'x-api-key': 'wrong' }, 'invalid x-api-key'],
    ['a wrong token', { authorization: 'Bearer wrong' }, 'Invalid bearer token'],
  ])('answers 401 to %s', async (_, given, message) => {
    const { url } = await simulate({ apiKeys: ['right'] })
    const error = await errorOf(await post(url, { 'anthropic-version': '2023-06-01', ...given }))
    expect(error).toMatchObject({ status: 401, error: { type: 'authentication_error', message } })
  })

  it('must be one of apiKeys if the option is given', async () => {
    const { url } = await simulate({ apiKeys: ['right'] })
    expect((await post(url, { 'x-api-key': 'right', 'anthropic-version': '2023-06-01' })).status).toBe(200)
  })
})

describe('versions', () => {
  it.each(['2023-06-01', '2026-10-21'])('%s is accepted', async (version) => {
    const { url } = await simulate()
    expect((await post(url, { 'x-api-key': 'k', 'anthropic-version': version })).status).toBe(200)
  })

  it('answers 400 without one', async () => {
    const { url } = await simulate()
    const error = await errorOf(await post(url, { 'x-api-key': 'k' }))
    expect(error).toMatchObject({ status: 400, error: { message: 'anthropic-version: header is required' } })
  })

  it('answers 400 to any other', async () => {
    const { url } = await simulate()
    const error = await errorOf(await post(url, { 'x-api-key': 'k', 'anthropic-version': '2030-01-01' }))
    expect(error.error.message).toContain('"2030-01-01" is not a valid version')
  })
})

describe('routes and bodies', () => {
  it('answers at /v1/messages with a query, too', async () => {
    const simulator = await simulate()
    expect((await send(simulator, request(), {}, '/v1/messages?beta=true')).status).toBe(200)
    expect(simulator.requests[0]?.path).toBe('/v1/messages?beta=true')
  })

  it('answers 404 anywhere else', async () => {
    const error = await errorOf(await send(await simulate(), request(), {}, '/v1/complete'))
    expect(error).toMatchObject({ status: 404, error: { type: 'not_found_error', message: 'Not Found' } })
  })

  it('answers 405 to other methods', async () => {
    const { url } = await simulate()
    const response = await fetch(`${url}/v1/messages`, { headers })
    expect(response.headers.get('allow')).toBe('POST')
    expect(await errorOf(response)).toMatchObject({ status: 405, error: { type: 'invalid_request_error' } })
  })

  it('answers 400 to a body that is not JSON', async () => {
    const error = await errorOf(await send(await simulate(), '{"model":'))
    expect(error.error.message).toContain('The request body is not valid JSON')
  })

  it('answers 413 to more than 32 MB', async () => {
    const simulator = await simulate()
    const error = await errorOf(await send(simulator, 'x'.repeat(32 * 1024 * 1024 + 1)))
    expect(error).toMatchObject({ status: 413, error: { type: 'request_too_large' } })
    expect(simulator.requests[0]?.bytes).toBe(32 * 1024 * 1024 + 1)
  })

  it('answers with the API’s error body, with the id of the header', async () => {
    const response = await send(await simulate(), request({ model: 'claude-none' }))
    expect(await response.clone().text()).toBe(
      '{"type":"error","error":{"type":"not_found_error","message":"model: claude-none"},"request_id":"req_01Simulated000000000001"}',
    )
    expect(response.headers.get('request-id')).toBe('req_01Simulated000000000001')
  })

  it('sends headers that say it is simulated, and rate limits', async () => {
    const response = await send(await simulate(), request())
    await response.text()
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json',
      'x-simulated-by': 'turnstate',
      'anthropic-organization-id': expect.any(String),
      'anthropic-ratelimit-requests-limit': expect.any(String),
      'anthropic-ratelimit-output-tokens-reset': expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    })
  })
})

describe('the record of a request', () => {
  it('has its method, path, headers, body, size, model, betas and status', async () => {
    const simulator = await simulate()
    const body = request({ system: 'Be brief.' })
    await ask(simulator, body, { 'anthropic-beta': 'one-2026-01-01, two-2026-01-01' })
    expect(simulator.requests).toHaveLength(1)
    expect(simulator.requests[0]).toMatchObject({
      index: 0,
      method: 'POST',
      path: '/v1/messages',
      headers: { 'x-api-key': 'test' },
      body,
      text: JSON.stringify(body),
      bytes: JSON.stringify(body).length,
      model: 'claude-opus-4-6',
      stream: false,
      betas: ['one-2026-01-01', 'two-2026-01-01'],
      status: 200,
      aborted: false,
    })
  })

  it('is also kept for a rejected request, with the reason', async () => {
    const simulator = await simulate()
    await (await send(simulator, request({ messages: [] }))).text()
    expect(simulator.requests[0]).toMatchObject({ status: 400, problem: 'messages: at least one message is required' })
  })

  it('resolves waitForRequest for an earlier and a later request', async () => {
    const simulator = await simulate()
    const second = simulator.waitForRequest(2)
    await ask(simulator, request())
    expect((await simulator.waitForRequest()).index).toBe(0)
    await ask(simulator, request())
    expect((await second).index).toBe(1)
  })

  it('rejects waitForRequest on close', async () => {
    const simulator = await simulate()
    const never = expect(simulator.waitForRequest(1)).rejects.toMatchObject({ code: 'script-unfinished' })
    await simulator.close()
    await never
    await expect(simulator.waitForRequest(1)).rejects.toMatchObject({ code: 'script-unfinished' })
  })

  it('says when the client hung up', async () => {
    const simulator = await simulate({ script: [{ default: true, faults: { stallAfterDeltas: 2 } }] })
    const controller = new AbortController()
    const response = await fetch(`${simulator.url}/v1/messages`, {
      method: 'POST',
      headers,
      body: JSON.stringify(request({ stream: true })),
      signal: controller.signal,
    })
    const record = await simulator.waitForRequest()
    await record.stalled
    expect(record).toMatchObject({ status: 200, aborted: false, deltasSent: 2 })
    controller.abort()
    await record.closed
    expect(record.aborted).toBe(true)
    await expect(response.text()).rejects.toThrow()
  })

  it('has no status until the answer is sent', async () => {
    const simulator = await simulate({ script: [{ default: true, faults: { stallBeforeHeaders: true } }] })
    const reply = send(simulator, request())
    const failed = expect(reply).rejects.toThrow()
    const record = await simulator.waitForRequest()
    await record.stalled
    expect(record.status).toBeUndefined()
    await simulator.close()
    await record.answered
    expect(record).toMatchObject({ status: undefined, aborted: false })
    await failed
  })
})

describe('the server', () => {
  it('listens on loopback only', async () => {
    const simulator = await simulate()
    expect(simulator.url).toBe(`http://127.0.0.1:${simulator.port}`)
    const others = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of others) {
      const socket = connect(simulator.port, address)
      const [error]: NodeJS.ErrnoException[] = await once(socket, 'error')
      expect(error?.code).toBe('ECONNREFUSED')
    }
  })

  it('says what to do when its port is taken', async () => {
    const { port } = await simulate()
    await expect(startSimulator({ port })).rejects.toMatchObject({
      code: 'port-unavailable',
      message: expect.stringMatching(/choose another one; port 0 takes any free port/),
    })
  })

  it('closes stalled streams and kept-alive connections, and can be closed twice', async () => {
    const simulator = await simulate({
      script: [{ default: true }, { default: true, faults: { stallAfterDeltas: 1 } }],
    })
    await ask(simulator, request())
    expect(simulator.openSockets).toBeGreaterThan(0)
    const reading = expect(
      send(simulator, request({ stream: true })).then((response) => response.text()),
    ).rejects.toThrow()
    const record = await simulator.waitForRequest(2)
    await record.stalled
    await simulator.close()
    await simulator.close()
    await record.closed
    await reading
    expect(simulator.openSockets).toBe(0)
  })

  it('ends a delay when it closes', async () => {
    const simulator = await simulate({ script: [{ default: true, faults: { headersDelay: 3_600_000 } }] })
    const failed = expect(send(simulator, request())).rejects.toThrow()
    await simulator.waitForRequest()
    await simulator.close()
    await failed
  })

  it('frees its port', async () => {
    const first = await startSimulator()
    await first.close()
    const second = await startSimulator({ port: first.port })
    await second.close()
    expect(second.port).toBe(first.port)
  })

  it('rejects invalid options', async () => {
    await expect(startSimulator({ port: -1 })).rejects.toMatchObject({
      code: 'invalid-option',
      message: 'options.port must be a whole number from 0 to 65535, not -1',
    })
    await expect(startSimulator({ contextWindow: 0 })).rejects.toMatchObject({
      message: 'options.contextWindow must be a whole number of at least 1, not 0',
    })
    // @ts-expect-error -- not a function
    await expect(startSimulator({ now: 1 })).rejects.toMatchObject({ message: 'options.now must be a function, not 1' })
    // @ts-expect-error -- no such option
    await expect(startSimulator({ ports: 1 })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(
        /^options has no field "ports"; it may have port, .*, now\. Did you mean "port"\?$/,
      ),
    })
    // @ts-expect-error -- no such word
    await expect(startSimulator({ onExhausted: 'fails' })).rejects.toMatchObject({
      message: 'options.onExhausted must be one of "answer", "fail", not "fails". Did you mean "fail"?',
    })
  })
})
