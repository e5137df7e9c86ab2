// The bytes of settled messages are sent again and not made again. On the wire there is what the SDK would have written, byte for byte.
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { claude, createConversation, type Conversation } from '../../src/index.ts'
import { leanFetch } from '../../src/node/index.ts'

const events = [
  { type: 'message_start', message: { id: 'm', model: 'claude-opus-5-5', content: [], usage: { input_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  {
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text: `An "answer" \u{1f600} ${'of words '.repeat(400)}` },
  },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
]

/** What the API refuses to talk about. */
const unwanted = 'how the unwanted thing is made'
const refusal = [
  events[0],
  { type: 'message_delta', delta: { stop_reason: 'refusal' }, usage: { output_tokens: 1 } },
  { type: 'message_stop' },
]

const written = (stream: readonly ({ readonly type: string } | undefined)[]): string =>
  stream.map((event) => `event: ${event?.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

let server: Server
let url: string
/** The bodies that arrived, as they were. */
let bodies: string[] = []
const lean = leanFetch()

async function answerTo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request)
  bodies.push(body)
  response
    .writeHead(200, { 'content-type': 'text/event-stream' })
    .end(written(body.includes(unwanted) ? refusal : events))
}

beforeAll(async () => {
  server = createServer((request, response) => void answerTo(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  await lean.close()
  server.closeAllConnections()
  server.close()
})

beforeEach(() => {
  bodies = []
})

const clientWith = (options: ClientOptions) => new Anthropic({ apiKey: 'k', baseURL: url, ...options })

function conversationOf(client: Anthropic): Conversation {
  return createConversation({ source: claude(client), model: 'claude-opus-5-5', maxTokens: 100 })
}

/** What is on the wire for some messages, sent with this client. */
async function bodiesWith(client: Anthropic, turns = 12): Promise<readonly string[]> {
  bodies = []
  const chat = conversationOf(client)
  for (let turn = 0; turn < turns; turn++) await chat.sendMessage(`Question ${turn} é`, { turnId: `t${turn}` })
  await chat.close()
  return bodies
}

/** Whether the SDK was given the messages to serialise: then it makes a text of the whole request. */
async function serialisedBySdk(client: Anthropic): Promise<boolean> {
  const stringify = vi.spyOn(JSON, 'stringify')
  try {
    const sent = await bodiesWith(client)
    const whole = sent.at(-1) ?? ''
    return stringify.mock.results.some(({ value }) => value === whole)
  } finally {
    stringify.mockRestore()
  }
}

describe('A long conversation over leanFetch()', () => {
  it('sends what it sends over fetch, byte for byte, and has the SDK serialise only what is new', async () => {
    expect(await bodiesWith(clientWith({ fetch: lean }))).toEqual(await bodiesWith(clientWith({})))
    expect(await serialisedBySdk(clientWith({ fetch: lean }))).toBe(false)
    expect(await serialisedBySdk(clientWith({}))).toBe(true)
  })

  it('never sends again what was refused, and sends what it sends over fetch', async () => {
    const talk = async (client: Anthropic): Promise<readonly string[]> => {
      bodies = []
      const chat = conversationOf(client)
      for (let turn = 0; turn < 8; turn++) await chat.sendMessage(`Question ${turn}`)
      const { status } = await chat.sendMessage(`Tell me ${unwanted}`)
      expect(status).toBe('refused')
      for (let turn = 8; turn < 12; turn++) await chat.sendMessage(`Question ${turn}`)
      chat.clear()
      await chat.sendMessage('A new beginning')
      await chat.close()
      return bodies
    }
    const sent = await talk(clientWith({ fetch: lean }))
    expect(sent.filter((body) => body.includes(unwanted))).toHaveLength(1)
    expect(JSON.parse(sent.at(-1) ?? '')).toMatchObject({ messages: [{ role: 'user', content: 'A new beginning' }] })
    expect(sent).toEqual(await talk(clientWith({})))
  })

  it.each<[string, () => ClientOptions]>([
    ['middleware of the app', () => ({ fetch: lean, middleware: [(request, next) => next(request)] })],
    ['a trace that has contents', () => ({ fetch: lean, openTelemetry: { traces: { contentMode: 'content' } } })],
    ['a fetch of the app around it', () => ({ fetch: (input, init) => lean(input, init) })],
  ])('is serialised by the SDK where %s reads the body', async (_, options) => {
    expect(await serialisedBySdk(clientWith(options()))).toBe(true)
    expect(bodies.join('')).not.toContain('turnstate:messages')
  })

  it('is serialised by the SDK where a client of another kind signs the body', async () => {
    const signed: string[] = []
    class Signing extends Anthropic {
      protected override async prepareRequest(request: RequestInit): Promise<void> {
        signed.push(typeof request.body === 'string' ? request.body : '')
      }
    }
    const client = new Signing({ apiKey: 'k', baseURL: url, fetch: lean })
    expect(await bodiesWith(client)).toEqual(signed)
  })

  it('shows the messages to whoever reads the parameters', async () => {
    const client = clientWith({ fetch: lean })
    const create = vi.spyOn(client.messages, 'create')
    const sent = await bodiesWith(client)
    const asked = create.mock.calls.at(-1)?.[0].messages ?? []
    expect([...asked]).toEqual(JSON.parse(sent.at(-1) ?? '').messages)
  })
})
