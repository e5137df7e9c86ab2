// `leanFetch()` against the `fetch` of Node: the same exchange with both has the same result, whoever reads the body, and however.
import { setImmediate } from 'node:timers/promises'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, expect, it, vi } from 'vitest'
import { byteReader, type HasByteReader, leanFetch } from '../../src/node/index.ts'
import { runs } from '../runs.ts'
import { serve, serveBytes } from './servers.ts'

// Before undici is imported, which would make its own connections those of `fetch`: then there would be nothing to compare with.
await vi.hoisted(() => fetch('data:,'))

const lean = leanFetch({ headersTimeout: 0, bodyTimeout: 0 })
afterAll(() => lean.close())

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** An error as those who look into it see it. Addresses of connections differ, and the words of the parser, by its release. */
function described(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const { name, message, cause } = error
  return {
    name,
    isTypeError: error instanceof TypeError,
    ...(name === 'HTTPParserError' ? {} : { message, code: 'code' in error ? error.code : undefined }),
    ...(cause === undefined ? {} : { cause: described(cause) }),
  }
}

/** Reads the body as chunks where that is offered, else as a stream. */
async function chunksOf(response: Response & Partial<HasByteReader>): Promise<Uint8Array> {
  const reader = response[byteReader]?.() ?? response.body?.getReader()
  const chunks: Uint8Array[] = []
  for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) chunks.push(read.value)
  return Buffer.concat(chunks)
}

const bytesOf = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer())

/** What a caller can observe of an exchange. */
async function observed(
  fetch: Fetch,
  ask: (fetch: Fetch) => Promise<Response>,
  read: typeof bytesOf,
): Promise<unknown> {
  let response: Response
  try {
    response = await ask(fetch)
  } catch (error) {
    return { failed: described(error) }
  }
  const { status, statusText, ok, redirected, type, url, headers } = response
  const head = {
    isResponse: response instanceof Response,
    status,
    statusText,
    ok,
    redirected,
    type,
    url,
    hasBody: response.body !== null,
    headers: [...headers].filter(([name]) => !['date', 'keep-alive', 'connection'].includes(name)),
  }
  try {
    const bytes = Buffer.from(await read(response)).toString('latin1')
    return { ...head, bytes, bodyUsed: response.bodyUsed }
  } catch (error) {
    return { ...head, lost: described(error), bodyUsed: response.bodyUsed }
  }
}

/** Whether the body is read as a whole or by chunks, what `leanFetch()` shows is what `fetch` shows. */
async function expectSame(ask: (fetch: Fetch) => Promise<Response>): Promise<void> {
  for (const read of [bytesOf, chunksOf])
    expect(await observed(lean, ask, read)).toEqual(await observed(globalThis.fetch, ask, read))
}

const exchange = fc.record({
  status: fc.constantFrom(200, 201, 204, 304, 400, 404, 418, 429, 500, 529),
  method: fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'),
  pieces: fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant(new Uint8Array(70_000).fill(0x61))), {
    maxLength: 4,
  }),
  encoding: fc.constantFrom('none', 'none', 'gzip', 'deflate', 'br', 'unknown'),
  framing: fc.constantFrom('chunked', 'content-length', 'until closed', 'too short'),
  header: fc.string({ unit: fc.constantFrom('a', 'é', ' ', ',', ';'), maxLength: 8 }),
  sent: fc.constantFrom('nothing', 'text', 'bytes', 'params', 'form', 'blob', 'stream'),
})

const compressed = {
  gzip: gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
  none: (bytes: Buffer) => bytes,
  unknown: (bytes: Buffer) => bytes,
}

const bodies: Record<string, () => BodyInit | null> = {
  nothing: () => null,
  text: () => 'tëxt',
  bytes: () => new Uint8Array([1, 2, 3]),
  params: () => new URLSearchParams({ a: '1 2' }),
  form: () => {
    const form = new FormData()
    form.set('field', 'value')
    return form
  },
  blob: () => new Blob(['blob'], { type: 'text/plain' }),
  stream: () => new Blob(['stre', 'am']).stream(),
}

/** Streams can be sent only before the answer is read; the type of `RequestInit` lacks the field that says so. */
const half = (body: BodyInit): RequestInit => Object.assign({ method: 'POST', body }, { duplex: 'half' })

it('a random exchange has the same status, headers, body and error', async () => {
  const answers = new Map<string, typeof exchange extends fc.Arbitrary<infer T> ? T : never>()
  const { url } = await serve((request, response) => {
    let received = 0
    request.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    request.on('end', () => {
      const answer = answers.get(request.url ?? '')
      if (!answer) return void response.writeHead(599).end()
      const { status, pieces, encoding, framing, header } = answer
      const whole = compressed[encoding](Buffer.concat(pieces))
      // The boundary of a form is random.
      const type = (request.headers['content-type'] ?? '').split(';')[0] ?? ''
      response.writeHead(status, {
        'x-header': Buffer.from(header).toString('latin1').trim(),
        'x-received': `${received > 100 ? 'much' : received} ${type} ${request.headers['content-length'] ? 'sized' : ''}`,
        ...(encoding === 'none' ? {} : { 'content-encoding': encoding }),
        ...(framing === 'content-length' ? { 'content-length': whole.length } : {}),
        ...(framing === 'too short' ? { 'content-length': whole.length + 5 } : {}),
        ...(framing === 'until closed' || framing === 'too short' ? { connection: 'close' } : {}),
      })
      void (async () => {
        for (let at = 0; at < whole.length; at += 50_000) {
          response.write(whole.subarray(at, at + 50_000))
          await setImmediate()
        }
        if (framing === 'too short') response.destroy()
        else response.end()
      })()
    })
  })
  let asked = 0
  const property = fc.asyncProperty(exchange, async (answer) => {
    const path = `/${asked++}`
    answers.set(path, answer)
    const hasBody = answer.method !== 'GET' && answer.method !== 'HEAD'
    await expectSame((fetch) =>
      fetch(`${url}${path}`, {
        method: answer.method,
        ...(hasBody ? { body: bodies[answer.sent]?.() ?? null } : {}),
        ...(answer.sent === 'stream' ? { duplex: 'half' } : {}),
      }),
    )
  })
  await fc.assert(property, { numRuns: runs(60), includeErrorInReport: true })
})

it.each([301, 302, 303, 307, 308])('a redirect with %i asks again in the same way', async (status) => {
  const other = await serve((request, response) => {
    const { authorization = 'none' } = request.headers
    request
      .resume()
      .on('end', () => response.end(`${request.method} ${request.headers['content-type']} ${authorization}`))
  })
  const { url } = await serve((request, response) => {
    const to = { '/here': '/there', '/away': `${other.url}/`, '/round': '/round', '/none': undefined }[
      request.url ?? ''
    ]
    request
      .resume()
      .on('end', () =>
        to === undefined
          ? response.end(`${request.method} ${request.headers['content-type']} ${request.headers.authorization}`)
          : response.writeHead(status, { location: to }).end('moved'),
      )
  })
  const headers = { authorization: 'Bearer key', 'content-type': 'text/plain' }
  for (const path of ['/here', '/away', '/round', '/none'])
    for (const redirect of ['follow', 'manual', 'error'] as const)
      await expectSame((fetch) => fetch(`${url}${path}`, { method: 'POST', body: 'body', headers, redirect }))
  await expectSame((fetch) => fetch(`${url}/here`, half(new Blob(['a']).stream())))
})

const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n'
const partly = `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n`

it.each<[string, string | Buffer, (socket: { destroy(): void; resetAndDestroy(): void; end(): void }) => void]>([
  ['closes before the headers', '', (socket) => socket.destroy()],
  ['resets before the headers', '', (socket) => socket.resetAndDestroy()],
  ['resets in the middle of the body', partly, (socket) => socket.resetAndDestroy()],
  ['closes its half in the middle of the body', partly, (socket) => socket.end()],
  ['sends less than it said', `${head}content-length: 9\r\n\r\nhello`, (socket) => socket.end()],
  ['sends more than it said', `${head}content-length: 3\r\n\r\nhello`, (socket) => socket.end()],
  ['sends chunks that are none', `${partly}what?\r\n`, (socket) => socket.end()],
  ['speaks something else', 'SSH-2.0-OpenSSH\r\n', (socket) => socket.end()],
  ['sends headers without end', `${head}x-much: ${'a'.repeat(20_000)}\r\n\r\n`, (socket) => socket.end()],
  ['hints first', `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${head}content-length: 2\r\n\r\nok`, () => {}],
  ['says to go on first', `HTTP/1.1 100 Continue\r\n\r\n${head}content-length: 2\r\n\r\nok`, () => {}],
  [
    'sends bytes that are not compressed as if they were',
    `${head}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello`,
    () => {},
  ],
])('a server that %s fails, or not, in the same way', async (_, bytes, then) => {
  const { url } = await serveBytes(bytes, then)
  await expectSame((fetch) => fetch(url))
})

it('what can not be asked fails in the same way', async () => {
  const { url, port } = await serve((_, response) => void response.end('ok'))
  await expectSame((fetch) => fetch(url.replace('//', '//user:password@')))
  await expectSame((fetch) => fetch('http://127.0.0.1:1/'))
  await expectSame((fetch) => fetch('http://host.invalid/'))
  await expectSame((fetch) => fetch('nowhere'))
  await expectSame((fetch) => fetch('ftp://127.0.0.1/'))
  await expectSame((fetch) => fetch(`https://127.0.0.1:${port}/`))
  await expectSame((fetch) => fetch('data:text/plain,hello'))
  await expectSame((fetch) => fetch(url, { method: 'CONNECT' }))
  await expectSame((fetch) => fetch(url, { headers: [['bad name', '1']] }))
})

it('what is asked may have any form', async () => {
  const { url } = await serve((request, response) => {
    request.resume().on('end', () => response.end(`${request.method} ${request.url} ${String(request.headers['x-a'])}`))
  })
  const init = { method: 'POST', body: 'b', headers: new Headers({ 'x-a': '1' }) }
  await expectSame((fetch) => fetch(new URL('/url?a=1#b', url), init))
  await expectSame((fetch) => fetch(new Request(url, init)))
  await expectSame((fetch) => fetch(new Request(url, init), { headers: [['x-a', '2']], keepalive: true }))
})

it.each(['before', 'while connecting', 'before the headers', 'in the body', 'after the body'])(
  'an abort %s fails in the same way',
  async (when) => {
    const controllers: AbortController[] = []
    const { url } = await serve((request, response) => {
      request.resume()
      if (when === 'before the headers') controllers.at(-1)?.abort(new Error('left'))
      else if (when === 'after the body') response.end('whole')
      else response.write('part')
    })
    await expectSame(async (fetch) => {
      const controller = new AbortController()
      controllers.push(controller)
      if (when === 'before') controller.abort(new Error('left'))
      const pending = fetch(url, { method: 'POST', body: 'a', signal: controller.signal })
      if (when === 'while connecting') controller.abort()
      const response = await pending
      if (when === 'after the body') await setImmediate()
      controller.abort(new Error('left'))
      return response
    })
  },
)

it('a response can be read in all the ways of a response', async () => {
  const { url } = await serve((_, response) => void response.end('{"a":1}'))
  const response = await lean(url)
  const copy = response.clone()
  expect((copy as Response & HasByteReader)[byteReader]?.() ?? null).toBeNull()
  expect(await response.json()).toEqual({ a: 1 })
  expect(await copy.text()).toBe('{"a":1}')
  expect(await (await lean(url)).blob().then((blob) => blob.size)).toBe(7)
  let text = ''
  for await (const chunk of (await lean(url)).body ?? []) text += Buffer.from(chunk).toString()
  expect(text).toBe('{"a":1}')
})
