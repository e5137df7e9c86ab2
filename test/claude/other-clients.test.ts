import { describe, expect, it } from 'vitest'
import type { SourceEvent } from '../../src/source/message-source.ts'
import { claude, type MessagesClient } from '../../src/claude/claude.ts'
import { TurnstateError } from '../../src/errors.ts'
import { httpError, reply, text, toolUse } from '../../src/testing/index.ts'
import { clientOf, errorOf, expectWhole, listen, model, open, request, simulate, textOf } from './fixtures.ts'

type Create = MessagesClient['messages']['create']

const clientWith = (create: Create): MessagesClient => ({ messages: { create } })

const wire: readonly unknown[] = [
  { type: 'message_start', message: { model, usage: { input_tokens: 4, output_tokens: 1 } } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } },
  { type: 'message_stop' },
]

const events: readonly SourceEvent[] = [
  { type: 'opened', pings: 'hidden' },
  { type: 'message.started', model, usage: { inputTokens: 4, outputTokens: 1 } },
  { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
  { type: 'block.delta', index: 0, kind: 'text', text: 'Hi' },
  { type: 'block.stopped', index: 0 },
  { type: 'message.delta', stopReason: 'end_turn', usage: { outputTokens: 2 } },
  { type: 'message.stopped' },
]

async function* playing(items: readonly unknown[], error?: unknown): AsyncGenerator {
  yield* items
  if (error !== undefined) throw error
}

const promise = (items: readonly unknown[], error?: unknown) => clientWith(async () => playing(items, error))

/** A client whose result offers `asResponse`, as the SDK's does. */
const responding = (contentType: string, items: readonly unknown[], body: BodyInit | null = 'binary frames') =>
  clientWith(() =>
    Object.assign(Promise.resolve(playing(items)), {
      asResponse: async () => new Response(body, { headers: { 'content-type': contentType } }),
    }),
  )

/** The SDK without `asResponse`, which leaves a promise of an iterator. */
const iteratorOf = ({ messages }: MessagesClient): MessagesClient =>
  clientWith(async (params, options) => messages.create(params, options))

const faulty = async (faults: object) => {
  const simulator = await simulate({ script: [reply([text('One ', 'two')], { faults })] })
  return listen(claude(iteratorOf(clientOf(simulator, { logLevel: 'off' }))))
}

const status = (code: number) => Object.assign(new Error('boom'), { status: code })

describe('a client that returns a promise of an iterator', () => {
  it('gets the same request', async () => {
    const told: unknown[] = []
    const client = clientWith(async (params, options) => {
      told.push(params, options)
      return playing(wire)
    })
    await listen(claude(client), { fields: { betas: ['b-1'], system: 'Be brief.', of_tomorrow: 1 }, container: 'c1' })
    expect(told).toEqual([
      {
        model,
        max_tokens: 1024,
        messages: request.messages,
        stream: true,
        system: 'Be brief.',
        of_tomorrow: 1,
        container: 'c1',
      },
      {
        maxRetries: 0,
        headers: { 'anthropic-beta': 'b-1' },
        signal: expect.any(AbortSignal),
        middleware: [expect.any(Function)],
      },
    ])
  })

  it('yields the same events, one by one', async () => {
    const { items, error } = await listen(claude(promise(wire)))
    expect([items, error]).toEqual([events.map((event) => [event]), undefined])
  })

  it('is read through its iterator when its frames are not server-sent events', async () => {
    for (const type of ['application/vnd.amazon.eventstream', 'application/octet-stream', '']) {
      const heard = await listen(claude(responding(type, wire)))
      expect([heard.events, heard.error]).toEqual([events, undefined])
    }
  })

  it('is read through its iterator when its response has no readable body', async () => {
    expect((await listen(claude(responding('text/event-stream', wire, null)))).events).toEqual(events)
  })

  it('yields the same events as the bytes', async () => {
    const step = reply([text('Hel', 'lo'), toolUse('look', { a: 1 }, 'call1')], { usage: { outputTokens: 9 } })
    const simulator = await simulate({ script: [step, step] })
    const client = clientOf(simulator)
    const bytes = await listen(claude(client))
    const iterated = await listen(claude(iteratorOf(client)))
    expectWhole(iterated)
    const said = (event: SourceEvent) => {
      const { requestId: _requestId, id: _id, ...rest } = { requestId: '', id: '', ...event }
      return rest
    }
    // Only the bytes show that the peer is alive.
    const heard = bytes.events.filter(({ type }) => type !== 'ping').map(said)
    expect(iterated.events.map(said)).toEqual([{ ...heard[0], pings: 'hidden' }, ...heard.slice(1)])
  })

  it('has its iterator closed when the reader stops reading', async () => {
    const simulator = await simulate({ script: [reply([text('a', 'b')], { faults: { stallAfterDeltas: 1 } })] })
    for await (const item of open(claude(iteratorOf(clientOf(simulator)))))
      if (!Array.isArray(item) && textOf([item as SourceEvent]) === 'a') break
    const { closed } = await simulator.waitForRequest()
    await closed
    expect(simulator.requests[0]?.aborted).toBe(true)
  })
})

describe('a client whose iterator breaks off', () => {
  it('with an API error throws its code, after the deltas before it', async () => {
    const { events: before, error } = await faulty({ midStreamError: { afterDeltas: 1 } })
    expect(error).toMatchObject({ code: 'overloaded', retryable: true })
    expect(textOf(before)).toBe('One ')
  })

  it('with a reset throws connection-lost', async () => {
    expect((await faulty({ resetAtByte: 900 })).error).toMatchObject({ code: 'connection-lost', retryable: true })
  })

  it('with an event that is not JSON throws stream-malformed', async () => {
    expect((await faulty({ malformedAfterDeltas: 1 })).error).toMatchObject({
      code: 'stream-malformed',
      retryable: false,
    })
  })

  it.each([
    ['a network error', Object.assign(new Error('boom'), { code: 'ECONNRESET' }), 'connection-lost'],
    ["one of the SDK's connection errors", Object.assign(new Error('boom'), { status: undefined }), 'connection-lost'],
    ['any other error', new Error('boom'), 'connection-lost'],
    ['a TurnstateError', new TurnstateError('stream-malformed', 'boom'), 'stream-malformed'],
    ['an error with a status', Object.assign(new Error('boom'), { status: 529 }), 'overloaded'],
    ['an error with a type', Object.assign(new Error('boom'), { type: 'rate_limit_error' }), 'rate-limited'],
  ])('with %s is classified', async (_, thrown, code) => {
    const { events: before, error } = await listen(claude(promise(wire.slice(0, 3), thrown)))
    expect(error?.code).toBe(code)
    expect(textOf(before)).toBe('Hi')
  })

  it('with an error event throws its code', async () => {
    const event = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' }, request_id: 'req_1' }
    const { error } = await listen(claude(promise([...wire.slice(0, 3), event])))
    expect(error).toMatchObject({ code: 'overloaded', details: { requestId: 'req_1' } })
  })
})

describe('a client that does not answer', () => {
  const cases: readonly (readonly [string, unknown, string, boolean])[] = [
    ['an error with a status', status(401), 'authentication-failed', false],
    ['an error with a transient status', status(503), 'api-error', true],
    [
      'a connection error',
      Object.assign(new Error('Connection error.'), { status: undefined }),
      'connection-failed',
      true,
    ],
    ['a system error', Object.assign(new Error('boom'), { code: 'ECONNREFUSED' }), 'connection-failed', true],
    ['an error of fetch in Node', new TypeError('fetch failed', { cause: status(1) }), 'connection-failed', true],
    ['an error of fetch in Chromium', new TypeError('Failed to fetch'), 'connection-failed', true],
    ['an error of fetch in Safari', new TypeError('Load failed'), 'connection-failed', true],
    ['a missing key', new Error('Could not resolve authentication method.'), 'authentication-failed', false],
    ['a programming error', new TypeError("Cannot read properties of undefined (reading 'x')"), 'source-failed', false],
    ['any other error', new Error('boom'), 'source-failed', false],
    ['a value that is not an error', 'boom', 'source-failed', false],
    ['a TurnstateError', new TurnstateError('overloaded', 'boom'), 'overloaded', true],
  ]

  it.each(cases)('may throw %s', async (_, thrown, code, retryable) => {
    const throws = () => {
      throw thrown
    }
    const rejects = () => Promise.reject(thrown)
    const answers: readonly Create[] = [
      throws,
      rejects,
      () => Object.assign(Promise.resolve(playing([])), { asResponse: rejects }),
    ]
    for (const create of answers) {
      const error = await errorOf(clientWith(create))
      expect([error.code, error.retryable]).toEqual([code, retryable])
    }
  })

  it('reports HTTP errors in the same way when it is read through its iterator', async () => {
    const simulator = await simulate({ script: [httpError(429, { retryAfter: 3 })] })
    const { error } = await listen(claude(iteratorOf(clientOf(simulator))))
    expect(error).toMatchObject({ code: 'rate-limited', details: { status: 429, retryAfter: 3_000 } })
    expect(error?.details.requestId).toMatch(/^req_/)
  })
})
