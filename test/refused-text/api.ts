// The API within this process: a `fetch` for the SDK's client that plays the responses of a scene and checks every request.
import Anthropic from '@anthropic-ai/sdk'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { claude, type MessageSource, type SourceEvent } from '../../src/index.ts'
import { allAtOnce, type Delivery } from './deliveries.ts'
import { createRefusedWords, lastQuestion, type RefusedWordsOptions } from './refused-words.ts'
import { bytesOf, createEventReader, isObject, replyOf, text, type WireEvent, type WireObject } from './wire.ts'

/** Creates the words of one reply: no two replies share a word. */
export type Word = (letter: string) => string

export type Answer = readonly WireEvent[] | { readonly status: number; readonly message: string }

export interface Script {
  /** The responses before the stream with the refusal. */
  readonly before?: readonly ((word: Word) => Answer)[]
  /** The stream with a refusal. A repeated request gets it again. */
  readonly refusing: (word: Word) => readonly WireEvent[]
}

/** Further requests get a reply that is not refused. */
export const more = 'Tell me more'

const plainly: Answer = replyOf('m1', [text('Here ', 'you are.')], { stop: 'end_turn' })

/** When an event counts as arrived: when its bytes are given to the source, or when the source yields it. */
export type Arriving = 'handed' | 'taken'

export interface ApiOptions extends RefusedWordsOptions {
  /** The first delivery of the stream with the refusal. Everything else arrives in full. */
  readonly delivery: Delivery
  readonly arriving: Arriving
}

export function createApi({ before = [], refusing }: Script, { delivery, arriving, asksAgain }: ApiOptions) {
  const refused = createRefusedWords({ asksAgain })
  const requests: WireObject[] = []
  /** The problems found in requests. */
  const problems: string[] = []
  let step = 0
  let isDelivered = false

  const answerTo = (body: WireObject): { answer: Answer; how: Delivery } => {
    const word: Word = (letter) => `bad${requests.length}${letter}`
    if (lastQuestion(body).includes(more)) return { answer: plainly, how: allAtOnce }
    const early = before[step++]
    if (early) return { answer: early(word), how: allAtOnce }
    const how = isDelivered ? allAtOnce : delivery
    isDelivered = true
    return { answer: refusing(word), how }
  }

  /** The response to one request, and the hook that runs for each of its chunks. */
  const respond = (init: RequestInit, onChunk: (events: () => void) => void): Response => {
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : undefined
    if (!isObject(body)) throw new Error('a request without a body')
    for (const word of refused.wrongIn(body)) problems.push(`request ${requests.length + 1} holds ${word}`)
    const { answer, how } = answerTo(body)
    requests.push(body)
    if ('status' in answer) return failed(answer)
    const chunks = how.chunks(bytesOf(answer))
    const hear = refused.hearing(body)
    const reader = createEventReader()
    let next = 0
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      if (how.isPaced) await nextTurn()
      const chunk = chunks[next++]
      const events = chunk === undefined ? reader.end() : reader.read(chunk)
      const isHeard = chunk !== undefined || events.length > 0
      if (isHeard)
        onChunk(() => {
          // Events after a stop reach nobody.
          if (!init.signal?.aborted) for (const event of events) hear(event)
        })
      if (chunk !== undefined) controller.enqueue(chunk)
      else if (how.ends === 'lost') controller.error(new TypeError('terminated'))
      else controller.close()
    }
    // Nothing is read ahead: a chunk is provided when the source asks for it.
    const stream = new ReadableStream({ pull }, { highWaterMark: 0 })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  const source: MessageSource = (request, options) => {
    const handed: (() => void)[] = []
    const onChunk = (hear: () => void) => (arriving === 'handed' ? hear() : void handed.push(hear))
    const fetch = async (_: unknown, init: RequestInit = {}) => {
      // Like a real fetch: an aborted request is not sent.
      init.signal?.throwIfAborted()
      return respond(init, onChunk)
    }
    const items = claude(new Anthropic({ apiKey: 'test', logLevel: 'off', fetch }))(request, options)
    return arriving === 'handed' ? items : telling(items, () => handed.shift()?.())
  }

  return { source, requests, problems, refused }
}

export type Api = ReturnType<typeof createApi>

type Items = ReturnType<MessageSource>

/** Yields the same items, and calls the hook when the reader starts on each chunk. */
function telling(items: Items, onTaken: () => void): Items {
  const told = (item: SourceEvent | Iterable<SourceEvent>) =>
    Symbol.iterator in item ? beginning(item, onTaken) : item
  return {
    [Symbol.asyncIterator]: () => {
      const inner = items[Symbol.asyncIterator]()
      return {
        next: () => inner.next().then((result) => (result.done ? result : { done: false, value: told(result.value) })),
        return: () => inner.return?.() ?? Promise.resolve({ done: true, value: undefined }),
      }
    },
  }
}

function* beginning(events: Iterable<SourceEvent>, onTaken: () => void): Generator<SourceEvent> {
  onTaken()
  yield* events
}

const failed = ({ status, message }: { readonly status: number; readonly message: string }): Response =>
  Response.json({ type: 'error', error: { type: 'invalid_request_error', message } }, { status })
