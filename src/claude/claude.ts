import type Anthropic from '@anthropic-ai/sdk'
import type { MessageRequest, MessageSource, SourceEvent } from '../source/message-source.ts'
import { TurnstateError } from '../errors.ts'
import { readJson } from '../journal/index.ts'
import { connectionFailure, requestFailure } from './api-failures.ts'
import { refusalThrown } from './blocked.ts'
import { paramsFor } from './request-params.ts'
import type { CreateParams } from './sdk-types.ts'
import { requestIdOf } from './request-id.ts'
import { bounded } from './bounded-answer.ts'
import { readServerSentEvents } from './sse.ts'
import { toSourceEvents } from './wire-to-events.ts'

type RequestOptions = NonNullable<Parameters<Anthropic['messages']['create']>[1]>

/** What is needed of a client: `Anthropic`, one of its provider packages, or anything that answers alike. */
export interface MessagesClient {
  readonly messages: {
    create(params: CreateParams, options?: RequestOptions): PromiseLike<AsyncIterable<unknown>>
  }
}

/**
 * Claude through the SDK: the SDK builds, signs and sends each request; the bytes of the answer are read here, so
 * that pings count as life and a cut stream is told from a whole one. A client whose stream is not made of
 * server-sent events (Bedrock's binary frames) is read through the SDK's iterator: the same events, less liveness (it says `pings: 'hidden'`).
 */
export function claude(client: MessagesClient): MessageSource {
  if (!isClient(client))
    throw new TurnstateError(
      'invalid-option',
      'claude() takes a client with messages.create(), such as new Anthropic().',
    )
  return (request, { signal }) => refusing(stream(client, paramsFor(request), requestOptionsFor(request, signal)))
}

/** An error that says that a filter blocked the reply is no failure of the request: it is how the reply ended. */
async function* refusing(
  events: AsyncIterable<SourceEvent | Iterable<SourceEvent>>,
): AsyncGenerator<SourceEvent | Iterable<SourceEvent>> {
  try {
    yield* events
  } catch (error) {
    const thrown = TurnstateError.is(error) ? error.cause : error
    const refusal = refusalThrown(thrown)
    if (!refusal) throw error
    yield { type: 'opened', ...requestIdOf(undefined, thrown) }
    yield refusal
  }
}

const isClient = (client: unknown): boolean =>
  typeof client === 'object' &&
  client !== null &&
  'messages' in client &&
  typeof client.messages === 'object' &&
  client.messages !== null &&
  'create' in client.messages &&
  typeof client.messages.create === 'function'

async function* stream(
  client: MessagesClient,
  params: CreateParams,
  options: RequestOptions,
): AsyncGenerator<SourceEvent | Iterable<SourceEvent>> {
  const reading = { bySdk: false }
  const pending = create(client, params, { ...options, middleware: [bounded(reading)] })
  reading.bySdk = !canGiveResponse(pending)
  const response = canGiveResponse(pending) ? await pending.asResponse().catch(throwFailure) : undefined
  const contentType = response?.headers.get('content-type') ?? ''
  if (response?.body && contentType.includes('text/event-stream')) {
    try {
      const pings = sendsNoPings(response.headers) ? ({ pings: 'hidden' } as const) : {}
      yield { type: 'opened', ...requestIdOf(response.headers), ...pings }
      yield* readWire(response.body)
    } finally {
      // Read from, a body is ended by its reader.
      if (!response.body.locked) response.body.cancel().catch(() => {})
    }
    return
  }
  if (/application\/json|text\/html/.test(contentType)) {
    response?.body?.cancel().catch(() => {})
    throw new TurnstateError(
      'stream-malformed',
      'A streaming request was answered with a whole document. Something between here and the API does not pass streams on: check the base URL and the proxies.',
    )
  }
  const events = await Promise.resolve(pending).catch(throwFailure)
  // The SDK's iterators keep pings to themselves.
  yield { type: 'opened', ...requestIdOf(response?.headers, events), pings: 'hidden' }
  yield* readIterator(events)
}

/** Bedrock has no pings, also where its SDK makes server-sent events of its frames. */
const sendsNoPings = (headers: Headers): boolean => headers.has('x-amzn-requestid')

function create(client: MessagesClient, params: CreateParams, options: RequestOptions) {
  try {
    return client.messages.create(params, options)
  } catch (error) {
    throw requestFailure(error)
  }
}

async function* readWire(body: ReadableStream<Uint8Array>): AsyncGenerator<Iterable<SourceEvent>> {
  const chunks = readServerSentEvents(body)
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch(throwLost)
      if (done) return
      yield parsed(value)
    }
  } finally {
    await chunks.return(undefined)
  }
}

/** Each event is parsed as it is taken: what came before a broken one counts, and what came after it can be looked through. */
function* parsed(arrived: readonly string[]): Generator<SourceEvent> {
  for (const data of arrived) yield* readEvent(data)
}

function readEvent(data: string): readonly SourceEvent[] {
  // Gateways end with the sentinel of other APIs. Whether the reply was whole by then is told by its stop reason.
  if (data.trim() === '[DONE]') return [{ type: 'message.stopped' }]
  try {
    return toSourceEvents(parse(data))
  } catch (error) {
    return [{ type: 'failed', error }]
  }
}

async function* readIterator(events: AsyncIterable<unknown>): AsyncGenerator<SourceEvent> {
  try {
    for await (const event of events) yield* toSourceEvents(event)
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed(error)
    throw hasStatusOrType(error) ? requestFailure(error) : connectionFailure(error, 'connection-lost')
  }
}

/** The SDK's own retries are off: the chart makes every attempt, and shows it. */
function requestOptionsFor({ fields, betas }: MessageRequest, signal: AbortSignal): RequestOptions {
  const all = [...new Set([...(Array.isArray(fields['betas']) ? fields['betas'] : []), ...betas])]
  return { signal, maxRetries: 0, ...(all.length > 0 ? { headers: { 'anthropic-beta': all.join(',') } } : {}) }
}

function parse(data: string): unknown {
  try {
    // What is as short can't be beyond a limit.
    return data.length > deepestEvent ? readJson(data, { levels: deepestEvent }) : JSON.parse(data)
  } catch (error) {
    throw error instanceof RangeError ? tooMuch(error) : malformed(error)
  }
}

/** Levels of an event. What is nested deeper than may be kept is left out where it is taken in; this much is no data at all. */
const deepestEvent = 10_000

const tooMuch = (cause: RangeError): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    `The API, or something between here and it, sent an event that can't be read: ${cause.message}. Try again; if it stays, check the proxies on the way.`,
    { cause },
  )

const malformed = (cause: unknown): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    'The API, or something between here and it, sent an event that is not JSON. Try again; if it stays, check the proxies on the way.',
    { cause },
  )

const throwFailure = (error: unknown): never => {
  throw requestFailure(error)
}

const throwLost = (error: unknown): never => {
  throw TurnstateError.is(error) ? error : connectionFailure(error, 'connection-lost')
}

interface GivesResponse {
  asResponse(): Promise<Response>
}

const canGiveResponse = (pending: object): pending is GivesResponse =>
  'asResponse' in pending && typeof pending.asResponse === 'function'

const hasStatusOrType = (error: unknown): boolean =>
  TurnstateError.is(error) ||
  (typeof error === 'object' &&
    error !== null &&
    (('status' in error && error.status !== undefined) || ('type' in error && typeof error.type === 'string')))
