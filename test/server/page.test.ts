// The chat page that a server has: its files, what it may do, and what it is told.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { version } from '../../src/package/version.ts'
import { serve } from '../../src/server/index.ts'
import { staged } from './stage.ts'

const folder = mkdtempSync(join(tmpdir(), 'turnstate-page-'))
const written: Readonly<Record<string, string>> = {
  'chat.html': '<!doctype html><title>chat</title><script type="module" src="./chat-AbCd_123.js"></script>',
  'chat-AbCd_123.js': "import './shared-AbCd-124.js'\nimport('./more-AbCd_125.js')",
  'shared-AbCd-124.js': "const icon = 'icon.svg'",
  'more-AbCd_125.js': '// Grüße',
  'icon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'index.html': '<!doctype html><title>another page</title>',
  'other-AbCd_126.js': '// of another page',
}

beforeAll(() => {
  for (const [name, text] of Object.entries(written)) writeFileSync(join(folder, name), text)
  mkdirSync(join(folder, 'inner'))
  writeFileSync(join(folder, 'inner', 'secret.js'), '// not of the page')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const ui = { folder }
const users = {
  authorize: ({ headers }: Request) => (headers.get('authorization') === 'Bearer secret' ? { id: 'ann' } : null),
}

const textsOf = async (ask: ReturnType<typeof staged>['ask'], paths: readonly string[]) =>
  Promise.all(
    paths.map(async (path) => {
      const response = await ask('GET', path)
      return [response.status, response.headers.get('content-type'), await response.text()]
    }),
  )

describe('the chat page', () => {
  it('is at the address of the server, with every file that it leads to', async () => {
    const { ask } = staged({ ui })
    expect(
      await textsOf(ask, ['/', '/chat-AbCd_123.js', '/shared-AbCd-124.js', '/more-AbCd_125.js', '/icon.svg']),
    ).toEqual([
      [200, 'text/html; charset=utf-8', written['chat.html']],
      [200, 'text/javascript; charset=utf-8', written['chat-AbCd_123.js']],
      [200, 'text/javascript; charset=utf-8', written['shared-AbCd-124.js']],
      [200, 'text/javascript; charset=utf-8', written['more-AbCd_125.js']],
      [200, 'image/svg+xml', written['icon.svg']],
    ])
  })

  it('is not there unless it is asked for', async () => {
    for (const { json } of [staged(), staged({ ui: false })])
      for (const path of ['/', '/chat.json', '/chat-AbCd_123.js'])
        expect(await json('GET', path)).toMatchObject({ status: 404, body: { code: 'route-unknown' } })
  })

  it('has no other files: none of another page, none by a path', async () => {
    const { ask } = staged({ ui })
    const paths = [
      '/index.html',
      '/chat.html',
      '/other-AbCd_126.js',
      '/inner/secret.js',
      '/inner',
      '//chat-AbCd_123.js',
      '/chat-AbCd_123.js/',
      '/../icon.svg/../../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..%2f..%2fetc%2fpasswd',
      String.raw`/..\..\etc\passwd`,
      '/%00',
      '/constructor',
      '/__proto__',
    ]
    for (const path of paths) expect([path, (await ask('GET', path)).status]).toEqual([path, 404])
  })

  it('may run its own scripts, ask its own server, and nothing else', async () => {
    const { ask } = staged({ ui })
    for (const path of ['/', '/chat-AbCd_123.js']) {
      const { headers } = await ask('GET', path)
      expect(headers.get('content-security-policy')).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      )
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cross-origin-opener-policy': 'same-origin',
      })
      expect(headers.has('set-cookie')).toBe(false)
      expect(headers.has('access-control-allow-origin')).toBe(false)
    }
    for (const path of ['/chat.json', '/healthz', '/nothing', '/v1/conversations'])
      expect((await ask('GET', path)).headers.get('content-security-policy')).toBe(
        "default-src 'none'; frame-ancestors 'none'",
      )
  })

  it('is asked for again each time, and its hashed files are kept for good', async () => {
    const { ask } = staged({ ui })
    const cached = async (path: string) => (await ask('GET', path)).headers.get('cache-control')
    expect(await cached('/')).toBe('no-cache')
    expect(await cached('/icon.svg')).toBe('no-cache')
    expect(await cached('/chat-AbCd_123.js')).toBe('public, max-age=31536000, immutable')
    expect(await cached('/chat.json')).toBe('no-store')
  })

  it('is not sent again to a browser that has it, and is to one that has another one', async () => {
    const { ask } = staged({ ui })
    const etag = (await ask('GET', '/')).headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{27}"$/)
    for (const sent of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await ask('GET', '/', undefined, { 'if-none-match': sent })
      expect([sent, again.status, await again.text(), again.headers.get('etag')]).toEqual([sent, 304, '', etag])
      expect(again.headers.get('content-security-policy')).toContain("script-src 'self'")
    }
    expect((await ask('GET', '/', undefined, { 'if-none-match': '"other"' })).status).toBe(200)
    expect((await ask('GET', '/icon.svg', undefined, { 'if-none-match': etag })).status).toBe(200)
  })

  it('answers HEAD with the length and no body, and no other method', async () => {
    const { ask, json } = staged({ ui })
    for (const path of ['/', '/more-AbCd_125.js']) {
      const response = await ask('HEAD', path)
      const whole = await (await ask('GET', path)).arrayBuffer()
      expect([response.status, await response.text(), response.headers.get('content-length')]).toEqual([
        200,
        '',
        String(whole.byteLength),
      ])
    }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await json(method, '/', {})
      expect([method, status, headers.get('allow')]).toEqual([method, 405, 'GET'])
    }
  })

  it('arrives through Node as it is, for GET and HEAD', async () => {
    const { server } = staged({ ui })
    const serving = await serve(server, { port: 0 })
    try {
      const page = await fetch(`${serving.url}/`)
      expect([page.status, await page.text()]).toEqual([200, written['chat.html']])
      const head = await fetch(`${serving.url}/more-AbCd_125.js`, { method: 'HEAD' })
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', ''])
    } finally {
      await serving.close()
    }
  })

  it('is not served by a name that leads to this machine, nor is what it is told', async () => {
    const { server } = staged({ ui })
    for (const path of ['/', '/chat.json'])
      expect((await server.fetch(new Request(`http://rebound.example${path}`))).status).toBe(403)
  })

  it('counts among the requests that the server takes in all', async () => {
    const { json, ask } = staged({ ui, limits: { allRequests: 2 }, now: () => 0 })
    expect([(await ask('GET', '/')).status, (await ask('GET', '/icon.svg')).status]).toEqual([200, 200])
    expect(await json('GET', '/')).toMatchObject({ status: 503, body: { code: 'server-overloaded' } })
  })

  it('has to be there where it is asked for', () => {
    expect(() => staged({ ui: { folder: join(folder, 'inner') } })).toThrow(
      expect.objectContaining({ code: 'not-available', message: expect.stringContaining('there is no chat.html') }),
    )
    const beginnings = [{ label: '', text: 'x' }]
    for (const wrong of [{ models: [''] }, { models: 'm1' }, { simulated: 1 }, { inspector: 'x' }, { beginnings }, 1])
      expect(() => staged({ ui: wrong as never })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

describe('what the page is told', () => {
  it('is the version, the models, the limits, and whether a model is asked at all', async () => {
    const beginnings = [{ label: 'See a refusal.', text: 'Say what is refused.' }]
    const { json } = staged({ ui: { ...ui, simulated: true, models: ['m4', 'm1'], beginnings } })
    expect((await json('GET', '/chat.json')).body).toEqual({
      version: version(),
      simulated: true,
      models: ['m1', 'm4'],
      limits: { message: 33_554_432, file: 24_000_000, image: 10_485_760 },
      inspector: null,
      beginnings,
    })
  })

  it('names the models of the options, that of new conversations first, each once', async () => {
    const { json } = staged({
      ui,
      onRefusal: { default: 'drop-turn', cyber: [{ fallback: ['m2', { model: 'm3' }] }, 'clear'] },
      retry: { models: ['m3', 'm5'] },
      serverFallbacks: [{ model: 'm6' }],
    })
    expect((await json('GET', '/chat.json')).body.models).toEqual(['m1', 'm2', 'm3', 'm5', 'm6'])
  })

  it('offers no other model where clients may not set it', async () => {
    const { json } = staged({ ui: { ...ui, models: ['m2'] }, clientsMaySet: ['budget'], retry: { models: ['m3'] } })
    expect((await json('GET', '/chat.json')).body.models).toEqual(['m1'])
  })

  it('has files that fit into a request of the server', async () => {
    const { json } = staged({ ui, limits: { body: 1_004_096 } })
    expect((await json('GET', '/chat.json')).body.limits).toEqual({ message: 1_004_096, file: 750_000, image: 750_000 })
    const least = staged({ ui, limits: { body: 10 } })
    expect((await least.json('GET', '/chat.json')).body.limits).toEqual({ message: 10, file: 0, image: 0 })
  })

  it('has the address of the inspector only for a page on this machine', async () => {
    const inspector = 'http://127.0.0.1:4900/token/'
    const { server } = staged({ ...users, ui: { ...ui, inspector } })
    const told = async (address: string, headers: Record<string, string> = {}) => {
      const request = new Request(`${address}/chat.json`, { headers: { authorization: 'Bearer secret', ...headers } })
      return ((await (await server.fetch(request)).json()) as { inspector: string | null }).inspector
    }
    for (const here of ['http://127.0.0.1:8787', 'http://localhost:8787', 'http://[::1]'])
      expect([here, await told(here)]).toEqual([here, inspector])
    expect(await told('http://localhost', { origin: 'http://localhost:5173' })).toBe(inspector)
    for (const elsewhere of ['http://192.168.0.2:8787', 'https://chat.example.com', 'http://localhost.example.com'])
      expect([elsewhere, await told(elsewhere)]).toEqual([elsewhere, null])
    expect(await told('http://localhost', { origin: 'https://app.example.com' })).toBeNull()
    expect(await told('http://localhost', { origin: 'null' })).toBeNull()
    for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])
      expect([name, await told('http://127.0.0.1', { [name]: '192.0.2.1' })]).toEqual([name, null])
  })

  it('is told only to those whom the server knows; the page itself, which asks for a token, to everybody', async () => {
    const { json, ask } = staged({ ...users, ui: { ...ui, inspector: 'http://127.0.0.1:4900/token/' } })
    expect((await ask('GET', '/')).status).toBe(200)
    expect((await ask('GET', '/chat-AbCd_123.js')).status).toBe(200)
    const { status, body, headers } = await json('GET', '/chat.json')
    expect([status, body.code, headers.get('www-authenticate')]).toEqual([401, 'not-authenticated', 'Bearer'])
    expect(JSON.stringify(body)).not.toContain('4900')
    expect((await json('GET', '/chat.json', undefined, { authorization: 'Bearer other' })).status).toBe(401)
    expect(await json('GET', '/chat.json', undefined, { authorization: 'Bearer secret' })).toMatchObject({
      status: 200,
      body: { simulated: false },
    })
  })
})
