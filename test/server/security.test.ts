// What strangers, other users and pages of other origins get.
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { serve } from '../../src/server/index.ts'
import { runs } from '../runs.ts'
import { allOf, staged } from './stage.ts'

const users = {
  authorize: (request: Request) => {
    const token = request.headers.get('authorization')
    return token?.startsWith('Bearer ') ? { id: token.slice(7) } : null
  },
}
const as = (user: string) => ({ authorization: `Bearer ${user}` })

describe('a server with users', () => {
  it('answers nobody 401, but health', async () => {
    const { json } = staged(users)
    const { status, body, headers } = await json('GET', '/v1/conversations')
    expect([status, body.code, headers.get('www-authenticate')]).toEqual([401, 'not-authenticated', 'Bearer'])
    expect((await json('GET', '/healthz')).status).toBe(200)
    expect((await json('GET', '/metrics')).status).toBe(401)
  })

  it('shows metrics, which count what all users do, to those only that its option names', async () => {
    const read = async (
      metrics: NonNullable<Parameters<typeof staged>[0]>['metrics'],
      headers: Record<string, string>,
    ) => {
      const { ask } = staged({ ...users, ...(metrics === undefined ? {} : { metrics }) })
      const response = await ask('GET', '/metrics', undefined, headers)
      return [response.status, (await response.text()).includes('turnstate_requests_total')]
    }
    expect(await read(undefined, as('ann'))).toEqual([403, false])
    const isAnn = ({ id }: { readonly id: string }) => id === 'ann'
    expect(await read(isAnn, as('ann'))).toEqual([200, true])
    expect(await read(isAnn, as('bob'))).toEqual([403, false])
    expect(await read(isAnn, {})).toEqual([401, false])
    expect(await read('public', {})).toEqual([200, true])
    expect(() => staged({ metrics: true as never })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  it('answers for a conversation of somebody else exactly as for one that does not exist, on every route', async () => {
    const { ask, created } = staged(users)
    await created('mine', as('ann'))
    const routes: readonly (readonly [string, string, unknown?])[] = [
      ['GET', ''],
      ['PATCH', '', { title: 'x' }],
      ['DELETE', ''],
      ['POST', '/messages', { input: 'hi' }],
      ['PUT', '/messages/t1', { input: 'hi' }],
      ['GET', '/events'],
      ['GET', '/events?turn=t1'],
      ['GET', '/transcript'],
      ['GET', '/history'],
      ['GET', '/usage'],
      ['POST', '/stop'],
      ['POST', '/retry'],
      ['POST', '/regenerate'],
      ['POST', '/compact'],
      ['POST', '/clear'],
      ['POST', '/fork'],
      ['POST', '/head', { turnId: null }],
      ['GET', '/branches/t1', undefined],
      ['POST', '/refusal', { policy: 'clear' }],
      ['POST', '/rejection', { policy: 'fail' }],
      ['POST', '/approvals/k1', { approved: true }],
      ['POST', '/answers/k1', { result: 'x' }],
      ['PATCH', '/queue', { release: true }],
    ]
    const answer = async (id: string, method: string, rest: string, body: unknown) => {
      const response = await ask(method, `/v1/conversations/${id}${rest}`, body, as('bob'))
      return [response.status, await response.text(), [...response.headers]]
    }
    for (const [method, rest, body] of routes) {
      const foreign = await answer('mine', method, rest, body)
      expect([method, rest, ...foreign]).toEqual([method, rest, ...(await answer('none', method, rest, body))])
      expect(foreign[0]).toBe(404)
    }
    expect((await ask('GET', '/v1/conversations/mine', undefined, as('ann'))).status).toBe(200)
    const list = await ask('GET', '/v1/conversations', undefined, as('bob'))
    expect(await list.json()).toMatchObject({ conversations: [] })
  })

  it('does not take over an id of somebody else, by creating or forking', async () => {
    const { json, created } = staged(users)
    await created('mine', as('ann'))
    await created('his', as('bob'))
    expect((await json('POST', '/v1/conversations', { id: 'mine' }, as('bob'))).status).toBe(409)
    const key = { ...as('bob'), 'idempotency-key': 'k' }
    expect((await json('POST', '/v1/conversations', { id: 'mine' }, key)).status).toBe(409)
    expect((await json('POST', '/v1/conversations/his/fork', { id: 'mine' }, as('bob'))).status).toBe(409)
  })
})

describe('a page of another origin', () => {
  const origin = { origin: 'https://evil.example' }

  it('may not write, and is not allowed to read', async () => {
    const { json, created } = staged()
    const path = await created()
    expect(await json('POST', `${path}/clear`, undefined, origin)).toMatchObject({
      status: 403,
      body: { code: 'request-forbidden' },
    })
    expect((await json('POST', `${path}/clear`, undefined, { 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    const read = await json('GET', path, undefined, origin)
    expect(read.headers.get('access-control-allow-origin')).toBeNull()
    expect((await json('OPTIONS', path, undefined, origin)).status).toBe(403)
  })

  it('is not a page of the server itself, also behind a proxy that speaks TLS', async () => {
    const { json, created } = staged()
    const path = await created()
    for (const own of ['http://localhost', 'https://localhost'])
      expect((await json('POST', `${path}/clear`, undefined, { origin: own })).status).toBe(200)
    for (const other of ['null', 'https://localhost:1', 'http://localhost.evil.example', 'not an origin'])
      expect((await json('POST', `${path}/clear`, undefined, { origin: other })).status).toBe(403)
  })

  it('may when it is named', async () => {
    const app = { origin: 'https://app.example' }
    const { json, created } = staged({ allowOrigins: ['https://app.example'] })
    const path = await created()
    const asked = await json('OPTIONS', path, undefined, { ...app, 'access-control-request-method': 'POST' })
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([204, 'https://app.example'])
    const done = await json('POST', `${path}/clear`, undefined, app)
    expect([done.status, done.headers.get('access-control-allow-origin')]).toEqual([200, 'https://app.example'])
    expect(() => staged({ allowOrigins: ['app.example'] })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })

  it('can not reach a server without users by a name that leads to this machine', async () => {
    const { server } = staged()
    const response = await server.fetch(new Request('http://rebound.example/v1/conversations'))
    expect([response.status, await response.json()]).toMatchObject([403, { code: 'request-forbidden' }])
  })
})

describe('a body', () => {
  it('is JSON, not compressed, of a bounded size, and has no unknown fields', async () => {
    const { ask, json, created } = staged({ limits: { body: 1_000 } })
    const path = `${await created()}/messages`
    const code = async (body: string, headers: Record<string, string>) =>
      ((await (await ask('POST', path, body, headers)).json()) as { code: string }).code
    expect(await code('input=hi', { 'content-type': 'application/x-www-form-urlencoded' })).toBe(
      'content-type-unsupported',
    )
    expect(await code('{"input":"hi"}', { 'content-type': 'text/plain' })).toBe('content-type-unsupported')
    expect(await code('{"input":"hi"}', { 'content-encoding': 'gzip' })).toBe('content-type-unsupported')
    expect(await code('{"input":', {})).toBe('request-malformed')
    expect(await code('['.repeat(900), {})).toBe('request-malformed')
    expect(await code(JSON.stringify({ input: 'x'.repeat(2_000) }), {})).toBe('input-too-large')
    expect(await json('POST', path, { input: 'hi', imput: 'x' })).toMatchObject({
      status: 400,
      body: { code: 'request-malformed' },
    })
    expect(await json('POST', path, '{"input":"hi","__proto__":{"a":1}}')).toMatchObject({ status: 400 })
    expect(await json('POST', path, { input: '' })).toMatchObject({ status: 422, body: { code: 'message-empty' } })
  })

  it('can not make the server read a file of its own', async () => {
    const { json, replies, created } = staged()
    const path = `${await created()}/messages`
    for (const files of [[{ path: '/etc/hostname' }], [{ type: 'document', path: '/etc/hostname' }]]) {
      const { status } = await json('POST', path, { input: 'read', files }, { prefer: 'respond-async' })
      expect(status).toBeGreaterThanOrEqual(400)
    }
    expect(replies).toHaveLength(0)
  })
})

it('clients set the model, the budget and system messages only where the server lets them', async () => {
  const { json, created, replies } = staged({ clientsMaySet: ['budget'] })
  const path = await created()
  const code = async (...asked: Parameters<typeof json>) => (await json(...asked)).body.code
  expect(await code('PATCH', path, { model: 'dear' })).toBe('request-forbidden')
  expect(await code('POST', `${path}/messages`, { input: 'hi', system: 'obey' })).toBe('request-forbidden')
  expect((await json('PATCH', path, { budget: { tokens: 5 } })).status).toBe(200)
  expect((await json('GET', path)).body.model).toBe('m1')
  expect(replies).toEqual([])
  expect(() => staged({ clientsMaySet: ['modle' as 'model'] })).toThrow(
    expect.objectContaining({ code: 'invalid-option' }),
  )
})

describe('limits', () => {
  it('say when to come back', async () => {
    let now = 0
    const { json } = staged({ limits: { requests: 2 }, now: () => now })
    expect([(await json('GET', '/v1/conversations')).status, (await json('GET', '/v1/conversations')).status]).toEqual([
      200, 200,
    ])
    const { status, headers, body } = await json('GET', '/v1/conversations')
    expect([status, headers.get('retry-after'), body.code]).toEqual([429, '30', 'limit-exceeded'])
    now = 30_000
    expect((await json('GET', '/v1/conversations')).status).toBe(200)
  })

  it('hold for all requests together, before anybody is asked who they are from', async () => {
    let now = 0
    let asked = 0
    const authorize = () => {
      asked++
      return null
    }
    const { json } = staged({ authorize, limits: { allRequests: 2 }, now: () => now })
    const statuses = async (count: number) => {
      const found: number[] = []
      for (let nth = 0; nth < count; nth++) found.push((await json('GET', '/v1/conversations')).status)
      return found
    }
    expect(await statuses(4)).toEqual([401, 401, 503, 503])
    expect(asked).toBe(2)
    const { headers, body } = await json('GET', '/v1/conversations')
    expect([headers.get('retry-after'), body.code]).toEqual(['30', 'server-overloaded'])
    expect((await json('GET', '/healthz')).status).toBe(200)
    now = 30_000
    expect(await statuses(2)).toEqual([401, 503])
  })

  it('are not needed for the question whether the store answers: it is asked once for all that ask at once', async () => {
    const inner = memoryStore()
    let asked = 0
    const list: typeof inner.list = (options) => {
      asked++
      return inner.list(options)
    }
    const store = new Proxy(inner, {
      get(target, key) {
        const value: unknown = key === 'list' ? list : Reflect.get(target, key)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
    const { json } = staged({}, store)
    const answers = await Promise.all(Array.from({ length: 50 }, () => json('GET', '/readyz')))
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(asked).toBe(1)
    expect((await json('GET', '/readyz')).status).toBe(200)
    expect(asked).toBe(2)
  })

  it('hold for turns and streams of each principal, until one of them ends', async () => {
    const { ask, json, asked, created } = staged({ limits: { turns: 1, streams: 1 } })
    const path = await created()
    const first = await ask('POST', `${path}/messages`, { input: 'one' })
    expect(await json('POST', `${path}/messages`, { input: 'two' })).toMatchObject({
      status: 429,
      body: { code: 'limit-exceeded' },
    })
    expect((await ask('GET', `${path}/events`)).status).toBe(429)
    ;(await asked(1)).answer('done')
    await allOf(first)
    const stream = await ask('GET', `${path}/events`)
    expect(stream.status).toBe(200)
    await stream.body?.cancel()
  })

  it('count no stream that was never opened', async () => {
    const { ask, server, replies, created } = staged()
    const path = await created()
    for (const query of ['frame=-1', 'padding=1e99']) {
      expect((await ask('GET', `${path}/events?${query}`)).status).toBe(400)
      expect((await ask('POST', `${path}/messages?${query}`, { input: 'hi' })).status).toBe(400)
    }
    expect(server.metrics()).toContain('turnstate_open_streams 0')
    expect(replies).toHaveLength(0)
  })

  it('keep so many conversations in memory: those at rest leave, and come back from the store', async () => {
    const { json, asked, created } = staged({ limits: { open: 2 } })
    const paths = [await created('c1'), await created('c2'), await created('c3')]
    await json('POST', `${paths[0]}/messages`, { input: 'one' }, { prefer: 'respond-async' })
    await json('POST', `${paths[1]}/messages`, { input: 'two' }, { prefer: 'respond-async' })
    expect(await json('POST', `${paths[2]}/messages`, { input: 'three' })).toMatchObject({
      status: 503,
      body: { code: 'server-overloaded', retryAfter: 5 },
    })
    ;(await asked(1)).answer('done')
  })
})

it('a server without users listens on this machine only', async () => {
  const { server } = staged()
  await expect(serve(server, { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({ code: 'invalid-option' })
  const serving = await serve(server, { port: 0 })
  expect((await fetch(`${serving.url}/healthz`)).status).toBe(200)
  await expect(serve(server, { port: serving.port })).rejects.toMatchObject({ code: 'port-unavailable' })
  await Promise.all([serving.close(), serving.close()])
})

it('answers any path, method, header and body with a status, a version and no fault of its own', async () => {
  const logged: unknown[] = []
  const { server, created } = staged({
    logger: { warn: () => {}, error: (...all) => void logged.push(all) },
    limits: { requests: 1e9, allRequests: 1e9 },
  })
  await created()
  const segment = fc.oneof(
    fc.constantFrom(
      'v1',
      'conversations',
      'c1',
      'messages',
      'events',
      'head',
      'fork',
      '..',
      '%2e%2e',
      '%00',
      '%ff',
      '__proto__',
      'constructor',
      '',
    ),
    fc.string({ maxLength: 12 }).map(encodeURIComponent),
  )
  const header = fc.constantFrom(
    'last-event-id',
    'idempotency-key',
    'prefer',
    'origin',
    'content-type',
    'accept',
    'x-forwarded-host',
  )
  const value = fc.stringMatching(/^[ -~]{0,40}$/)
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
      fc.array(segment, { maxLength: 6 }),
      fc.dictionary(header, value, { maxKeys: 3 }),
      fc.oneof(fc.constant(undefined), fc.json(), fc.string()),
      async (method, path, headers, body) => {
        const isBodyless = method === 'GET' || method === 'HEAD' || body === undefined
        const response = await server.fetch(
          new Request(`http://localhost/${path.join('/')}`, { method, headers, ...(isBodyless ? {} : { body }) }),
        )
        await response.body?.cancel()
        expect(response.status).toBeLessThan(500)
        expect(response.headers.get('turnstate-version')).toBe('1')
      },
    ),
    { numRuns: runs(500) },
  )
  expect(logged).toEqual([])
})
