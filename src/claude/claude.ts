import type Anthropic from '@anthropic-ai/sdk'
import type { MessageRequest, MessageSource, SourceEvent } from '../source/message-source.ts'
import { TurnstateError } from '../errors.ts'
import { readJson } from '../journal/index.ts'
import { isObject } from '../objects.ts'
import { connectionFailure, requestFailure } from './api-failures.ts'
import { refusalThrown } from './blocked.ts'
import { paramsFor } from './request-params.ts'
import type { CreateParams } from './sdk-types.ts'
import { requestIdOf } from './request-id.ts'
import { writtenRequest } from './body-writer.ts'
import { bounded } from './bounded-answer.ts'
import { type ByteReader, readerOf } from './byte-reader.ts'
import { over, ServerSentEvents } from './sse.ts'
import { toSourceEvents } from './wire-to-events.ts'

type RequestOptions = NonNullable<Parameters<Anthropic['messages']['create']>[1]>

/** The part of a client that `claude()` uses: `Anthropic`, one of its provider packages, or a compatible object. */
export interface MessagesClient {
  readonly messages: {
    create(params: CreateParams, options?: RequestOptions): PromiseLike<AsyncIterable<unknown>>
  }
}

/**
 * A message source that asks Claude through the SDK. The SDK builds, signs and sends each request. The response's bytes are
 * read here, so that pings reset the idle timeout and a truncated stream is detected. A client whose stream is not made of
 * server-sent events (Bedrock's binary frames) is read through the SDK's iterator, which hides pings; the source then reports
 * `pings: 'hidden'`.
 *
 * @throws TurnstateError `invalid-option` for a client without `messages.create()`
 */
export function claude(client: MessagesClient): MessageSource {
  if (!isClient(client))
    throw new TurnstateError(
      'invalid-option',
      'claude() takes a client with messages.create(), such as new Anthropic().',
    )
  return (request, { signal }) => {
    const { params, fetchOptions } = writtenRequest(client, request, paramsFor(request))
    const options = { ...requestOptionsFor(request, signal), ...(fetchOptions ? { fetchOptions } : {}) }
    return reply(() => answered(client, params, options))
  }
}

type Item = SourceEvent | readonly SourceEvent[]

const isClient = (client: unknown): boolean =>
  isObject(client) && isObject(client['messages']) && typeof client['messages']['create'] === 'function'

/** How the API answers, and what can be read then. */
interface Answer {
  readonly opened: SourceEvent
  readonly items: AsyncIterator<Item>
}

/** The items of a reply. Made by hand: a generator would cost every chunk two more turns of the microtask queue. */
function reply(ask: () => Promise<Answer>): AsyncIterableIterator<Item> {
  const open = async (): Promise<IteratorResult<Item>> => {
    const answer = await ask()
    const isWanted = items === unasked
    items = answer.items
    return isWanted ? { done: false, value: answer.opened } : close()
  }
  const close = async (): Promise<IteratorResult<Item>> => {
    const left = items
    items = closed
    await left.return?.()
    return over
  }
  const failed = async (error: unknown): Promise<IteratorResult<Item>> => {
    await close()
    return { done: false, value: refusalOf(error) }
  }
  const unasked: AsyncIterator<Item> = { next: open }
  const closed: AsyncIterator<Item> = { next: close }
  let items = unasked
  return {
    next: () => items.next().catch(failed),
    return: close,
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

async function answered(client: MessagesClient, params: CreateParams, options: RequestOptions): Promise<Answer> {
  const reading = { bySdk: false }
  const pending = create(client, params, { ...options, middleware: [bounded(reading)] })
  reading.bySdk = !canGiveResponse(pending)
  const response = canGiveResponse(pending) ? await pending.asResponse().catch(throwFailure) : undefined
  const contentType = response?.headers.get('content-type') ?? ''
  if (response?.body && contentType.includes('text/event-stream')) {
    const pings = sendsNoPings(response.headers) ? ({ pings: 'hidden' } as const) : {}
    return {
      opened: { type: 'opened', ...requestIdOf(response.headers), ...pings },
      items: new ServerSentEvents(untilAborted(readerOf(response, response.body), options.signal), readEvent),
    }
  }
  if (/application\/json|text\/html/.test(contentType)) {
    response?.body?.cancel().catch(() => {})
    throw new TurnstateError(
      'stream-malformed',
      'A streaming request was answered with a single document instead of a stream. Check the base URL and the proxies between here and the API.',
    )
  }
  const events = await Promise.resolve(pending).catch(throwFailure)
  // The SDK's iterators do not pass pings on.
  return {
    opened: { type: 'opened', ...requestIdOf(response?.headers, events), pings: 'hidden' },
    items: readIterator(events),
  }
}

/** Reads nothing after an abort: if the last byte had already come, the fetch of Node 20 would never settle the read. */
const untilAborted = (reader: ByteReader, signal: RequestOptions['signal']): ByteReader => ({
  read: () => (signal?.aborted ? Promise.reject(signal.reason) : reader.read()),
  cancel: () => reader.cancel(),
})

/** The events of a reply that a content filter blocked: the request did not fail. @throws any other error */
function refusalOf(error: unknown): readonly SourceEvent[] {
  const thrown = TurnstateError.is(error) ? error.cause : error
  const refusal = refusalThrown(thrown)
  if (!refusal) throw error
  return [{ type: 'opened', ...requestIdOf(undefined, thrown) }, refusal]
}

/** Bedrock sends no pings, even where its SDK converts the frames to server-sent events. */
const sendsNoPings = (headers: Headers): boolean => headers.has('x-amzn-requestid')

function create(client: MessagesClient, params: CreateParams, options: RequestOptions) {
  try {
    return client.messages.create(params, options)
  } catch (error) {
    throw requestFailure(error)
  }
}

/** An event that can't be read becomes a failure in its place, so that events before and after it can still be read. */
function readEvent(data: string): readonly SourceEvent[] {
  // Gateways end with the sentinel of other APIs. The stop reason shows whether the reply was complete by then.
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

/** The SDK's own retries are off: the chart makes and reports every attempt. */
function requestOptionsFor({ fields, betas }: MessageRequest, signal: AbortSignal): RequestOptions {
  const all = [...new Set([...(Array.isArray(fields['betas']) ? fields['betas'] : []), ...betas])]
  return { signal, maxRetries: 0, headers: all.length > 0 ? { 'anthropic-beta': all.join(',') } : {} }
}

function parse(data: string): unknown {
  try {
    // An event this short cannot exceed a limit.
    return data.length > deepestEvent ? readJson(data, { levels: deepestEvent }) : JSON.parse(data)
  } catch (error) {
    throw error instanceof RangeError ? tooComplex(error) : malformed(error)
  }
}

/** Levels of nesting in an event. `normalised` leaves out parts that are too deep to store; an event this deep is rejected whole. */
const deepestEvent = 10_000

const tooComplex = (cause: RangeError): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    `The stream has an event that can't be read: ${cause.message}. Try again; if it happens again, check the proxies between here and the API.`,
    {
      cause,
    },
  )

const malformed = (cause: unknown): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    'The stream has an event that is not JSON. Try again; if it happens again, check the proxies between here and the API.',
    { cause },
  )

const throwFailure = (error: unknown): never => {
  throw requestFailure(error)
}

interface GivesResponse {
  asResponse(): Promise<Response>
}

const canGiveResponse = (pending: object): pending is GivesResponse =>
  'asResponse' in pending && typeof pending.asResponse === 'function'

const hasStatusOrType = (error: unknown): boolean =>
  TurnstateError.is(error) || (isObject(error) && (error['status'] !== undefined || typeof error['type'] === 'string'))
