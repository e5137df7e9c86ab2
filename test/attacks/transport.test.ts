// A hostile API: the conversation reports a failure, continues, and uses bounded memory and time.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSocketServer, type AddressInfo, type Socket } from 'node:net'
import { type EventEmitter, once } from 'node:events'
import Anthropic from '@anthropic-ai/sdk'
import { expect } from 'vitest'
import { claude, createConversation, type MessageSource } from '../../src/index.ts'
import { nestedJson } from '../nested.ts'
import { attackSurface } from './attack.ts'

type Answer = (response: ServerResponse, request: IncomingMessage) => void | Promise<void>

const sse = { 'content-type': 'text/event-stream' }
const event = (data: { readonly type: string; readonly [field: string]: unknown }, json = JSON.stringify(data)) =>
  `event: ${data.type}\ndata: ${json}\n\n`
const begun = [
  event({ type: 'message_start', message: { id: 'msg_1', model: 'claude-opus-5-5', usage: { input_tokens: 3 } } }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Good day' } }),
].join('')
const ended = [
  event({ type: 'content_block_stop', index: 0 }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
  event({ type: 'message_stop' }),
].join('')

const whole: Answer = (response) => void response.writeHead(200, sse).end(begun + ended)

const happened = (of: EventEmitter, name: string) => new Promise<void>((resolve) => void of.once(name, () => resolve()))
const closed = (writable: EventEmitter) => happened(writable, 'close')
const drained = (writable: EventEmitter) => happened(writable, 'drain')

/** Writes a text repeatedly until it is not read any more. Returns the number of bytes that were sent. */
async function endlessly(response: ServerResponse, piece: string | Buffer): Promise<number> {
  let sent = 0
  const gone = closed(response)
  while (!response.destroyed) {
    sent += piece.length
    if (!response.write(piece)) await Promise.race([drained(response), gone])
  }
  return sent
}

interface Attacked {
  /** The first answer; the second one is valid. */
  readonly answer: Answer
  /** Reads with the SDK's own iterator, as for clients without access to the response. */
  readonly bySdk?: boolean
  readonly replyTimeout?: number
}

const source = (url: string, bySdk: boolean): MessageSource => {
  const client = new Anthropic({ apiKey: 'test', baseURL: url, logLevel: 'off' })
  if (!bySdk) return claude(client)
  return claude({ messages: { create: async (params, options) => client.messages.create(params, options) } })
}

/** The outcomes of the attacked turn and of the next one, as a phrase. */
async function attacked({ answer, bySdk = false, replyTimeout = 20_000 }: Attacked): Promise<string> {
  let asked = 0
  const server = createServer((request, response) => {
    request.resume()
    response.on('error', () => {})
    void (asked++ === 0 ? answer : whole)(response, request)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return conversationWith((server.address() as AddressInfo).port, { bySdk, replyTimeout }).finally(() => {
    server.closeAllConnections()
    server.close()
  })
}

async function conversationWith(port: number, { bySdk, replyTimeout }: { bySdk: boolean; replyTimeout: number }) {
  const chat = createConversation({
    source: source(`http://127.0.0.1:${port}`, bySdk),
    model: 'claude-opus-5-5',
    maxTokens: 100,
    retry: { maxAttempts: 1 },
    replyTimeout,
    logger: { warn: () => {}, error: () => {} },
  })
  const outcome = await chat.sendMessage('Hello')
  expect((outcome.error?.message ?? '').length).toBeLessThan(5_000)
  const next = await chat.sendMessage('Are you there?')
  await chat.close()
  const first = outcome.error ? `${outcome.status}, ${outcome.error.code}` : outcome.status
  expect(next.error).toBeUndefined()
  return `${first}; the next message is ${next.status}`
}

const megabyte = Buffer.alloc(1024 * 1024, 'x')

attackSurface("The API's answer (transport)", [
  {
    attack: 'an endless line',
    run: () =>
      attacked({
        async answer(response) {
          response.writeHead(200, sse).write(`${begun}data: `)
          expect(await endlessly(response, megabyte)).toBeLessThan(64 * megabyte.length)
        },
      }),
  },
  {
    attack: "an endless line, for the SDK's own decoder",
    run: () =>
      attacked({
        bySdk: true,
        async answer(response) {
          response.writeHead(200, sse).write(`${begun}data: `)
          expect(await endlessly(response, megabyte)).toBeLessThan(64 * megabyte.length)
        },
      }),
  },
  {
    attack: 'an event of a million lines, and an endless one',
    run: () =>
      attacked({
        async answer(response) {
          response.writeHead(200, sse).write(begun)
          response.write(`${'data: \n'.repeat(1_000_000)}\n`)
          expect(await endlessly(response, 'data: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'.repeat(10_000))).toBeLessThan(
            1e9,
          )
        },
      }),
  },
  {
    attack: 'endless pings',
    run: () =>
      attacked({
        replyTimeout: 300,
        async answer(response) {
          response.writeHead(200, sse).write(begun)
          await endlessly(response, event({ type: 'ping' }).repeat(1_000))
        },
      }),
  },
  {
    attack: 'endless events of unknown types',
    run: () =>
      attacked({
        async answer(response) {
          response.writeHead(200, sse).write(begun)
          await endlessly(
            response,
            event({ type: 'of_tomorrow' }, JSON.stringify({ type: 'of_tomorrow', data: 'x'.repeat(100_000) })),
          )
        },
      }),
  },
  {
    attack: 'a block with the index 300000000, and one with the index 1e300',
    run: () =>
      attacked({
        answer(response) {
          const blocks = [300_000_000, 1e300].map((index) =>
            [
              event({ type: 'content_block_start', index, content_block: { type: 'text', text: '' } }),
              event({ type: 'content_block_delta', index, delta: { type: 'text_delta', text: '.' } }),
              event({ type: 'content_block_stop', index }),
            ].join(''),
          )
          response.writeHead(200, sse).end([begun, ...blocks, ended].join(''))
        },
      }),
  },
  {
    attack: 'an event nested a million levels deep',
    run: () =>
      attacked({
        answer: (response) =>
          void response
            .writeHead(200, sse)
            .end(`${begun}${event({ type: 'of_tomorrow' }, `{"type":"of_tomorrow","deep":${nestedJson(1_000_000)}}`)}`),
      }),
  },
  {
    attack: 'an endless error response',
    run: () =>
      attacked({
        async answer(response) {
          response.writeHead(400, { 'content-type': 'application/json' }).write('{"type":"error","error":{"message":"')
          expect(await endlessly(response, megabyte)).toBeLessThan(32 * megabyte.length)
        },
      }),
  },
  {
    attack: 'an error response nested a million levels deep',
    run: () =>
      attacked({
        answer: (response) =>
          void response
            .writeHead(400, { 'content-type': 'application/json' })
            .end(`{"type":"error","error":${nestedJson(1_000_000)}}`),
      }),
  },
  {
    attack: 'an endless document instead of a stream',
    run: () =>
      attacked({
        async answer(response) {
          response.writeHead(200, { 'content-type': 'application/json' })
          expect(await endlessly(response, megabyte)).toBeLessThan(32 * megabyte.length)
        },
      }),
  },
  {
    attack: 'endless headers',
    async run() {
      let asked = 0
      const server = createSocketServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', () => void answer(socket))
      })
      async function answer(socket: Socket): Promise<void> {
        if (asked++ > 0)
          return void socket.end(
            `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${begun}${ended}`,
          )
        const gone = closed(socket)
        socket.write('HTTP/1.1 200 OK\r\n')
        while (!socket.destroyed)
          if (!socket.write(`x-header: ${'x'.repeat(1_000)}\r\n`)) await Promise.race([drained(socket), gone])
      }
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      try {
        return await conversationWith(port, { bySdk: false, replyTimeout: 20_000 })
      } finally {
        server.close()
      }
    },
  },
])
