// A server whose model the test answers by hand, and requests to it.
import { createParser } from 'eventsource-parser'
import { memoryStore, type Store } from '../../src/index.ts'
import { conversationServer, type ConversationServer, type ConversationServerOptions } from '../../src/server/index.ts'
import { createManualSource } from '../conversation/manual-source.ts'
import { quiet } from '../durability/stage.ts'

/** Resolves once everything is done that was due by now: events that are too many have left then. */
export const moment = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 0))

/** One server-sent event, read. */
export interface Sent {
  readonly id: string
  readonly event: string
  // oxlint-disable-next-line typescript/no-explicit-any -- what it is is what the tests look at
  readonly data: any
}

type Given = Partial<Extract<ConversationServerOptions, { readonly options?: undefined }>>

export function staged(given: Given = {}, store: Store = memoryStore()) {
  const { source, asked, replies } = createManualSource()
  const server = conversationServer({
    store,
    source,
    model: 'm1',
    maxTokens: 100,
    whenBusy: 'queue',
    logger: quiet,
    ...given,
  })
  return { server, store, asked, replies, ...requesting(server) }
}

/** Requests to a server. */
export function requesting(server: Pick<ConversationServer, 'fetch'>) {
  /** Sends a request. The body is JSON; `as` is the token of a user. */
  const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await server.fetch(
      new Request(`http://localhost${path}`, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    )
    return response
  }
  const json = async (...args: Parameters<typeof ask>) => {
    const response = await ask(...args)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
  }
  const created = async (id = 'c1', headers: Record<string, string> = {}) => {
    const { status } = await json('POST', '/v1/conversations', { id }, headers)
    if (status !== 201) throw new Error(`it was answered ${status}`)
    return `/v1/conversations/${id}`
  }
  return { ask, json, created }
}

/** The events of a response, as they come. */
export async function* eventsOf(response: Response): AsyncGenerator<Sent, void> {
  const ready: Sent[] = []
  const parser = createParser({
    onEvent: ({ id = '', event = '', data }) => void ready.push({ id, event, data: JSON.parse(data) }),
  })
  if (!response.body) throw new Error('there is no body')
  const decoder = new TextDecoder()
  for await (const chunk of response.body) {
    parser.feed(decoder.decode(chunk, { stream: true }))
    yield* ready.splice(0)
  }
}

/** All events of a response that ends. */
export async function allOf(response: Response): Promise<Sent[]> {
  const all: Sent[] = []
  for await (const sent of eventsOf(response)) all.push(sent)
  return all
}

/** Reads events until one of this name, and leaves the stream open. */
export async function upTo(events: AsyncGenerator<Sent, void>, name: string): Promise<Sent[]> {
  const read: Sent[] = []
  for (;;) {
    const { value, done } = await events.next()
    if (done || !value) throw new Error(`the stream ended before ${name}: ${read.map(({ event }) => event).join(' ')}`)
    read.push(value)
    if (value.event === name) return read
  }
}
