import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/index.ts'
import { readFile } from '../../src/inspect/file/inspection-file.ts'
import { startInspector } from '../../src/inspect/web/start-inspector.ts'
import { created } from '../journal/fixtures.ts'
import { until } from '../conversation/start.ts'
import { asRecords, chart, overTheWire, refusedOnce, withoutTexts } from './fixtures.ts'
import { ask, connect, inspecting, socketAddress, socketStatus } from './serving.ts'

/** Whether a server listens there. */
const reached = (port: number, host: string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTcp({ port, host, timeout: 2_000 })
    const end = (isReached: boolean) => {
      socket.destroy()
      resolve(isReached)
    }
    socket.on('connect', () => end(true))
    socket.on('timeout', () => end(false))
    socket.on('error', () => end(false))
  })

const tokenOf = (url: string) => new URL(url).pathname.split('/')[1] ?? ''

describe('the page of an inspector', () => {
  it('is served at the address with the token', async () => {
    const { url } = await inspecting()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{32}\/$/)
    const page = await ask(url)
    expect(page).toMatchObject({ status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } })
    const [, script] = /src="\.?\/?([\w.-]+\.js)"/.exec(page.body) ?? []
    expect(await ask(`${url}${script}`)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
    })
  })

  it('refers to no other address', async () => {
    const { url } = await inspecting()
    const { body } = await ask(url)
    expect(body).not.toMatch(/https?:\/\//)
  })

  it('supports HEAD requests', async () => {
    const { url } = await inspecting()
    const { status, body, headers } = await ask(url, { method: 'HEAD' })
    expect([status, body]).toEqual([200, ''])
    expect(Number(headers['content-length'])).toBeGreaterThan(100)
  })

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('rejects %s', async (method) => {
    const { url } = await inspecting()
    for (const what of ['', 'export.jsonl']) expect((await ask(`${url}${what}`, { method })).status).toBe(405)
  })

  it('has headers that forbid other origins, with every response', async () => {
    const { url } = await inspecting()
    const answers = await Promise.all([
      ask(url),
      ask(`${url}nothing`),
      ask(`${url}export.jsonl`),
      ask(url, { method: 'PUT' }),
      ask(url, { path: '/' }),
      ask(`${url}import`, { method: 'POST', body: 'x' }),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 200, 405, 403, 400])
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toMatch(/^default-src 'none';/)
      expect(headers['content-security-policy']).toMatch(/frame-ancestors 'none'/)
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/)
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
})

describe('an inspector rejects', () => {
  it('requests without the token or with another one, without revealing it', async () => {
    const { url } = await inspecting()
    const token = tokenOf(url)
    const paths = [
      '/',
      '/index.html',
      '/page',
      '/wrong/',
      `/${token.slice(0, -1)}/`,
      `/${token}x/`,
      `/x/${token}/`,
      '//',
    ]
    for (const path of paths) {
      const { status, body } = await ask(url, { path })
      expect([path, status]).toEqual([path, 403])
      expect(body).not.toContain(token)
    }
  })

  it('requests with a foreign host name', async () => {
    const { url } = await inspecting()
    const { port } = new URL(url)
    for (const host of [`evil.example:${port}`, 'evil.example', '127.0.0.1', `127.0.0.1:${Number(port) + 1}`])
      expect([host, (await ask(url, { headers: { host } })).status]).toEqual([host, 403])
    expect((await ask(url, { headers: { host: `localhost:${port}` } })).status).toBe(200)
  })

  it.each(['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://localhost'])(
    'pages of %s, on all its endpoints',
    async (origin) => {
      const { url, hub } = await inspecting()
      const headers = { origin }
      const file = '{"turnstate":"inspection","v":1}\n'
      expect((await ask(url, { headers })).status).toBe(403)
      expect((await ask(`${url}export.jsonl`, { headers })).status).toBe(403)
      expect((await ask(`${url}import`, { method: 'POST', headers, body: file })).status).toBe(403)
      for (const what of ['page', 'process']) expect(await socketStatus(socketAddress(url, what), { origin })).toBe(403)
      expect(hub.conversations).toEqual([])
    },
  )

  it('sockets with a foreign host or a wrong token', async () => {
    const { url } = await inspecting()
    const { port } = new URL(url)
    for (const what of ['page', 'process']) {
      const headers = { host: `evil.example:${port}` }
      expect(await socketStatus(socketAddress(url, what), { headers })).toBe(403)
      expect(await socketStatus(`ws://127.0.0.1:${port}/wrong/${what}`)).toBe(403)
      expect(await socketStatus(`ws://127.0.0.1:${port}/${what}`)).toBe(403)
    }
    expect(await socketStatus(socketAddress(url, 'elsewhere'))).toBe(403)
  })

  it('paths outside of the served files', async () => {
    const { url } = await inspecting()
    const token = tokenOf(url)
    const own = readFileSync('package.json', 'utf8')
    const paths = [
      `/${token}/../package.json`,
      `/${token}/../../package.json`,
      `/${token}/%2e%2e/%2e%2e/package.json`,
      `/${token}/..%2f..%2fpackage.json`,
      `/${token}/..%5c..%5cpackage.json`,
      `/${token}//etc/passwd`,
      `/${token}/%00`,
      `/${token}/constructor`,
    ]
    for (const path of paths) {
      const { status, body } = await ask(url, { path })
      expect([403, 404]).toContain(status)
      expect(body).not.toContain(own.slice(0, 40))
    }
  })

  it('but accepts its own pages under each name of this machine', async () => {
    const { url } = await inspecting()
    const { port } = new URL(url)
    for (const name of ['127.0.0.1', 'localhost']) {
      const headers = { host: `${name}:${port}`, origin: `http://${name}:${port}` }
      expect((await ask(url, { headers })).status).toBe(200)
      expect(await socketStatus(socketAddress(url, 'page'), { headers, origin: headers.origin })).toBe('open')
    }
  })
})

describe('an inspector listens', () => {
  it('on loopback only', async () => {
    const { url } = await inspecting()
    const { hostname, port } = new URL(url)
    expect(hostname).toBe('127.0.0.1')
    const others = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter(({ internal, family }) => !internal && family === 'IPv4').map(({ address }) => address),
    )
    // All of 127/8 is this machine on Linux; elsewhere the test uses the other addresses.
    for (const host of [...others, ...(process.platform === 'linux' ? ['127.0.0.2'] : [])])
      await expect(reached(Number(port), host), host).resolves.toBe(false)
    await expect(reached(Number(port), hostname)).resolves.toBe(true)
  })

  it('and closes the connection of a rejected socket', async () => {
    const { url } = await inspecting()
    const socket = connectTcp({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true })
    socket.write('GET /wrong/page HTTP/1.1\r\nhost: evil.example\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n')
    let answer = ''
    socket.on('data', (data) => (answer += data.toString()))
    await once(socket, 'end')
    expect(answer).toMatch(/^HTTP\/1.1 403/)
    // The other end is closed: a write to it causes a reset.
    socket.on('error', () => {})
    const isReset = () => {
      if (!socket.destroyed) socket.write('still here')
      return socket.destroyed
    }
    await expect.poll(isReset).toBe(true)
  })

  it('not on a port in use, which it reports', async () => {
    const { url } = await inspecting()
    const port = Number(new URL(url).port)
    const failed = await startInspector({ port }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'port-unavailable', message: expect.stringContaining('EADDRINUSE') })
  })

  it.each([-1, 65_536, 1.5, Number.NaN, '80' as never])('not on %s, which is not a port', async (port) => {
    const failed = await startInspector({ port }).catch((error: unknown) => error)
    expect(TurnstateError.is(failed) && failed.code).toBe('invalid-option')
  })

  it('no longer once it is closed, even with open connections', async () => {
    const inspector = await inspecting()
    const page = await connect(inspector.url, 'page')
    const left = once(page.socket, 'close')
    await inspector.close()
    await left
    await expect(ask(inspector.url)).rejects.toThrow(/ECONNREFUSED/)
  })
})

const readText = (text: string) => readFile([Buffer.from(text)])

const exported = (inspector: { url: string }, key?: string) =>
  ask(`${inspector.url}export.jsonl${key === undefined ? '' : `?key=${encodeURIComponent(key)}`}`)

const importTo = (inspector: { url: string }, body: string, name = 'yesterday.jsonl') =>
  ask(`${inspector.url}import?name=${encodeURIComponent(name)}`, { method: 'POST', body })

describe('export and import', () => {
  it('restore the same conversation', async () => {
    const inspector = await inspecting()
    const { chat } = await refusedOnce({ inspect: inspector })
    await chat.close()
    await until(inspector.hub, () => inspector.hub.summaries()[0]?.status === 'ended')
    const { body, headers } = await exported(inspector)
    expect(headers['content-disposition']).toMatch(/attachment/)
    expect(body).not.toMatch(/alpha|bravo/)
    const answer = await importTo(inspector, body)
    expect(answer.status).toBe(200)
    const { keys } = JSON.parse(answer.body) as { keys: readonly string[] }
    const [live, filed] = inspector.hub.conversations
    if (!live || !filed) throw new Error('There are two now')
    expect(filed.key).toBe(keys[0])
    expect(filed.log.all()).toEqual(overTheWire(live.log.all()))
    expect(withoutTexts(filed.log.view)).toEqual(withoutTexts(live.log.view))
    expect(inspector.hub.summaries()).toMatchObject([
      { id: 'c1', refusals: 1 },
      { id: 'c1', refusals: 1, status: 'file', origin: { name: 'yesterday.jsonl' } },
    ])
  })

  it('export a single conversation by key, and nothing for an unknown key', async () => {
    const inspector = await inspecting()
    await refusedOnce({ inspect: inspector })
    await refusedOnce({ inspect: inspector, id: 'c2' })
    await until(inspector.hub, () => inspector.hub.summaries().every(({ id }) => id !== ''))
    const [, second] = inspector.hub.summaries()
    expect(await readText((await exported(inspector)).body)).toHaveLength(2)
    const [only, ...others] = await readText((await exported(inspector, second?.key)).body)
    expect([only?.records[0]?.conversation, others.length]).toEqual(['c2', 0])
    expect(await readText((await exported(inspector, 'nothing')).body)).toEqual([])
  })

  it.each([
    ['is not a file of an inspector', 'hello', 'inspection-file-invalid'],
    ['was cut off', `{"turnstate":"inspection","v":1}\n{"conversa`, 'inspection-file-invalid'],
    ['has a later version', '{"turnstate":"inspection","v":99}\n', 'inspection-file-version-unsupported'],
    [
      'has an invalid fact',
      `{"turnstate":"inspection","v":1}\n${JSON.stringify({ conversation: 'c1', chart })}\n${JSON.stringify({ ...asRecords([created])[0], fact: { type: 'turn.settled' } })}\n`,
      'inspection-file-invalid',
    ],
  ])('add nothing from a file that %s, and report the reason', async (_, body, code) => {
    const inspector = await inspecting()
    const answer = await importTo(inspector, body)
    expect(answer.status).toBe(400)
    expect(answer.body).toContain(code)
    expect(inspector.hub.conversations).toEqual([])
  })

  it('accept a file by POST only', async () => {
    const { url } = await inspecting()
    expect((await ask(`${url}import`)).status).toBe(405)
  })

  it('reject a file by its declared size at once', async () => {
    const inspector = await inspecting()
    const { port, pathname } = new URL(inspector.url)
    const socket = connectTcp(Number(port), '127.0.0.1')
    socket.write(
      `POST ${pathname}import HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-length: ${300 * 1024 * 1024}\r\n\r\n{`,
    )
    const [data] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(data.toString()).toMatch(/^HTTP\/1\.1 413 /)
    expect(inspector.hub.conversations).toEqual([])
  })

  it('accept a file at the start of the inspector', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'turnstate-'))
    try {
      const inspector = await inspecting()
      await refusedOnce({ inspect: inspector })
      await until(inspector.hub, () => inspector.hub.summaries()[0]?.refusals === 1)
      const file = join(directory, 'seen.jsonl')
      writeFileSync(file, (await exported(inspector)).body)
      const { hub } = await inspecting({ file })
      expect(hub.summaries()).toMatchObject([{ status: 'file', refusals: 1, origin: { name: 'seen.jsonl' } }])
      writeFileSync(file, 'hello')
      await expect(startInspector({ file })).rejects.toMatchObject({ code: 'inspection-file-invalid' })
      await expect(startInspector({ file: join(directory, 'none') })).rejects.toMatchObject({ code: 'file-unreadable' })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

describe('an address without a trailing slash', () => {
  it('redirects to the one with it, so that relative URLs of the page work', async () => {
    const { url } = await inspecting()
    const response = await fetch(url.replace(/\/$/, ''))
    expect({ url: response.url, status: response.status }).toEqual({ url, status: 200 })
  })
})
