import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { afterAll, expect, inject, it, vi } from 'vitest'
import {
  type ByteReader,
  byteReader,
  type HasByteReader,
  leanFetch,
  type LeanFetchOptions,
} from '../../src/node/index.ts'
import { programOf } from '../scripts/programs.ts'
import { certificate } from './certificate.ts'
import { serve, serveBytes, serveSecurely } from './servers.ts'

const lean = leanFetch()
afterAll(() => lean.close())

const readerOf = (response: Response & Partial<HasByteReader>): ByteReader | null => response[byteReader]?.() ?? null

async function taken(response: Response): Promise<ByteReader> {
  const reader = readerOf(response)
  if (!reader) throw new Error('The response has no reader.')
  return reader
}

const textOf = ({ value }: ReadableStreamReadResult<Uint8Array>): string => Buffer.from(value ?? []).toString()

async function rest(reader: ByteReader): Promise<string> {
  let text = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) text += textOf(read)
  return text
}

/** The response of the server to the next request. */
async function answered(): Promise<{ readonly url: string; readonly answer: Promise<ServerResponse> }> {
  const { promise, resolve } = withResolvers<ServerResponse>()
  const { url } = await serve((request, response) => {
    request.resume()
    resolve(response)
  })
  return { url, answer: promise }
}

function withResolvers<Value>() {
  let resolve: (value: Value) => void = () => {}
  const promise = new Promise<Value>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

it('chunks come as they are sent, and those that have arrived come together and in order', async () => {
  const { url, answer } = await answered()
  const pending = lean(url)
  const response = await answer
  response.write('one')
  const reader = await taken(await pending)
  expect(textOf(await reader.read())).toBe('one')
  const next = reader.read()
  response.write('two')
  expect(textOf(await next)).toBe('two')
  response.cork()
  for (const piece of ['three ', 'four ', 'five']) response.write(piece)
  response.uncork()
  response.end(' six')
  await once(response, 'close')
  await vi.waitFor(async () => expect(await rest(reader)).toBe('three four five six'))
  expect(await reader.read()).toEqual({ done: true, value: undefined })
})

it('a body that was taken is in use, and one in use can not be taken', async () => {
  const { url } = await serve((_, response) => void response.end('body'))
  const response = await lean(url)
  const reader = await taken(response)
  await expect(response.text()).rejects.toThrow(TypeError)
  expect(() => response.clone()).toThrow(TypeError)
  expect(readerOf(response)).toBeNull()
  expect(await rest(reader)).toBe('body')
  const read = await lean(url)
  await read.text()
  expect(readerOf(read)).toBeNull()
  const locked = await lean(url)
  locked.body?.getReader()
  expect(readerOf(locked)).toBeNull()
})

it('a body that has to be decompressed, and none at all, are left to fetch', async () => {
  const { url } = await serve((request, response) =>
    request.url === '/none'
      ? response.writeHead(204).end()
      : response.writeHead(200, { 'content-encoding': 'br' }).end(),
  )
  expect(readerOf(await lean(url))).toBeNull()
  expect(readerOf(await lean(`${url}/none`))).toBeNull()
})

it.each(['before it is taken', 'once it is taken'])(
  'a body that nobody reads stops the connection %s',
  async (when) => {
    const { url, answer } = await answered()
    const pending = lean(url)
    const response = await answer
    let largest = 0
    const size = 50 * 1024 * 1024
    response.end(Buffer.alloc(size))
    const given = await pending
    const reader = when === 'once it is taken' ? await taken(given) : null
    // Far longer than the connection would need, both ends of which are in this process.
    const other = await serve((_, elsewhere) => void elsewhere.end('other'))
    for (let turn = 0; turn < 200; turn++) await (await lean(other.url)).text()
    expect(response.writableFinished).toBe(false)
    let length = 0
    const chunks = reader ?? (await taken(given))
    for (let read = await chunks.read(); !read.done; read = await chunks.read()) {
      length += read.value.length
      largest = Math.max(largest, read.value.length)
    }
    expect(length).toBe(size)
    expect(largest).toBeLessThan(512 * 1024)
  },
)

it('what arrived before a failure is given before it', async () => {
  const { url } = await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nthe beginning', (socket) =>
    socket.end(),
  )
  const reader = await taken(await lean(url))
  expect(textOf(await reader.read())).toBe('the beginning')
  await expect(reader.read()).rejects.toThrow(expect.objectContaining({ name: 'TypeError', message: 'terminated' }))
})

it('cancelling a body that has ended aborts nothing', async () => {
  const { url } = await serveBytes('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nend')
  const reader = await taken(await lean(url))
  expect(await rest(reader)).toBe('end')
  const aborted = vi.spyOn(ReadableStreamDefaultReader.prototype, 'cancel')
  try {
    await reader.cancel()
    expect(aborted).not.toHaveBeenCalled()
  } finally {
    aborted.mockRestore()
  }
})

it('cancelling closes the connection of a body that has not ended, and keeps the other', async () => {
  const closed: string[] = []
  const { url, sockets } = await serve((request, response) => {
    response.on('close', () => closed.push(`${request.url} ${response.writableFinished}`))
    if (request.url === '/whole') response.end('whole')
    else response.write('part')
  })
  for (let turn = 0; turn < 10; turn++) {
    const reader = await taken(await lean(`${url}/whole`))
    expect(await rest(reader)).toBe('whole')
    await reader.cancel()
  }
  // undici opens a second one for a request that comes in the tick in which the last one ends.
  expect(sockets.length).toBeLessThan(3)
  await (await taken(await lean(`${url}/part`))).cancel()
  await vi.waitFor(() => expect(closed).toContain('/part false'))
})

it('an abort reaches whoever waits for a chunk', async () => {
  const { url, answer } = await answered()
  const controller = new AbortController()
  const pending = lean(url, { signal: controller.signal })
  const response = await answer
  response.flushHeaders()
  const read = (await taken(await pending)).read()
  controller.abort(new Error('left'))
  await expect(read).rejects.toThrow('left')
})

it('a hundred requests at a time share the connections that there may be', async () => {
  const few = leanFetch({ connections: 5 })
  const { url, sockets } = await serve((request, response) => void response.end(`answer ${request.url}`))
  const all = Array.from({ length: 100 }, async (_, at) => rest(await taken(await few(`${url}/${at}`))))
  expect(await Promise.all(all)).toEqual(Array.from({ length: 100 }, (_, at) => `answer /${at}`))
  expect(sockets).toHaveLength(5)
  await few.close()
  await expect(few(url)).rejects.toThrow('fetch failed')
})

it('a server behind TLS is trusted with its certificate, and not without', async () => {
  const { url } = await serveSecurely((_, response) => void response.end('secret'))
  const trusting = leanFetch({ tls: { ca: certificate } })
  expect(await rest(await taken(await trusting(url)))).toBe('secret')
  await trusting.close()
  await expect(lean(url)).rejects.toThrow(
    expect.objectContaining({
      message: 'fetch failed',
      cause: expect.objectContaining({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }),
    }),
  )
})

it.each<[keyof LeanFetchOptions, string]>([
  ['headersTimeout', 'UND_ERR_HEADERS_TIMEOUT'],
  ['bodyTimeout', 'UND_ERR_BODY_TIMEOUT'],
])('%s ends a request that is silent', async (option, code) => {
  const { url } = await serve((_, response) => void (option === 'bodyTimeout' && response.write('part')))
  const impatient = leanFetch({ [option]: 1 })
  const failure: unknown = await impatient(url)
    .then(async (response) => rest(await taken(response)))
    .catch((error: unknown) => error)
  expect(failure).toMatchObject({ cause: { code } })
})

it('options that make no sense are rejected', () => {
  expect(() => leanFetch({ connections: 0 })).toThrow('connections of leanFetch() must be a whole number, at least 1.')
  expect(() => leanFetch({ bodyTimeout: -1 })).toThrow('bodyTimeout')
  expect(() => leanFetch({ proxy: 'socks5://host' })).toThrow('proxy must be the address of an HTTP proxy')
  expect(() => leanFetch(Object({ timeout: 1 }))).toThrow('leanFetch() has no option timeout. Did you mean')
})

it('a process ends although connections are open that nobody uses', async () => {
  const { url, sockets } = await serve((_, response) => void response.end('whole'))
  const { stdout } = await promisify(execFile)(process.execPath, [
    programOf(inject('programs'), 'test/node/leaving.ts'),
    url,
  ])
  expect(stdout).toBe('whole')
  expect(sockets).toHaveLength(1)
}, 10_000)
