import { describe, expect, it } from 'vitest'
import { TurnstateError } from '../../src/errors.ts'
import type { MessageSource, SourceEvent } from '../../src/source/message-source.ts'
import { failureOf } from '../../src/reply/failure-of.ts'
import {
  block,
  ends,
  failed,
  rejected,
  fields,
  finished,
  heldSource,
  idleTimeout,
  over,
  played,
  refused,
  says,
  sourceOf,
  started,
  stopped,
  textBlock,
  thinks,
  throwing,
  turn,
  unheeded,
  wholeReply,
} from './fixtures.ts'

/** A value on which every operation throws. */
const revoked = (): object => {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** An error from another copy of the package. */
const coded = (code: unknown): Error =>
  Object.assign(new Error('because'), { [Symbol.for('turnstate.error')]: true, code, details: {} })

const body = [textBlock(), says('Hi'), stopped()]
const thinkingBlock = block({ type: 'thinking', thinking: '', signature: '' })

const cite = (n: number): SourceEvent => ({ type: 'block.citation', index: 0, citation: { n } })
const usage = async (...events: readonly SourceEvent[]) => (await finished(...events, over)).usage

const broken: MessageSource = () => {
  throw new Error('no way')
}
const brokenAtOnce: MessageSource = () => ({
  [Symbol.asyncIterator]: () => {
    throw new Error('no way')
  },
})

describe('the blocks of a reply', () => {
  it('include thinking with its signature', async () => {
    const { content } = await finished(
      started(),
      thinkingBlock,
      thinks('Let me '),
      thinks('see'),
      fields({ signature: 'sig' }),
      stopped(),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([{ type: 'thinking', thinking: 'Let me see', signature: 'sig' }])
  })

  it('include omitted thinking, which has only a signature', async () => {
    const { content } = await finished(
      started(),
      thinkingBlock,
      fields({ signature: 'sig' }),
      stopped(),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([{ type: 'thinking', thinking: '', signature: 'sig' }])
  })

  it('include redacted thinking and other blocks that arrive complete', async () => {
    const redacted = { type: 'redacted_thinking', data: 'xyz' }
    const result = { type: 'web_search_tool_result', tool_use_id: 's1', content: [{ url: 'u' }] }
    const { content } = await finished(
      started(),
      block(redacted),
      stopped(),
      block(result, 1),
      stopped(1),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([redacted, result])
  })

  it('include text with citations, appended to those at the start of the block', async () => {
    for (const citations of [[{ n: 0 }], null]) {
      const { content } = await finished(
        started(),
        block({ type: 'text', text: 'So: ', citations }),
        says('it is'),
        cite(1),
        cite(2),
        stopped(),
        ends('end_turn'),
        over,
      )
      expect(content).toEqual([
        { type: 'text', text: 'So: it is', citations: [...(citations ?? []), { n: 1 }, { n: 2 }] },
      ])
    }
  })

  it('include a compaction, whose fields arrive complete', async () => {
    const { sent } = unheeded(
      sourceOf(
        started(),
        block({ type: 'compaction', content: null, encrypted_content: null }),
        fields({ content: 'All before', encrypted_content: 'enc' }),
        stopped(),
        ends('compaction'),
        over,
      ),
    )
    await turn()
    const content = [{ type: 'compaction', content: 'All before', encrypted_content: 'enc' }]
    expect(sent.at(-1)).toMatchObject({ type: 'reply.finished', stopReason: 'compaction', content })
  })

  it('may arrive interleaved', async () => {
    const { content } = await finished(
      started(),
      textBlock(0),
      textBlock(1),
      says('b', 1),
      says('a', 0),
      stopped(0),
      says('B', 1),
      stopped(1),
      ends('end_turn'),
      over,
    )
    expect(content).toEqual([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'bB' },
    ])
  })

  it('may be empty', async () => {
    expect((await finished(started(), ends('end_turn'), over)).content).toEqual([])
  })
})

describe('the metadata of a reply', () => {
  it('has counts that later counts overwrite, never add to, and that stay when a later one is missing', async () => {
    expect(await usage(started(), ...body, ends('end_turn', { usage: {} }))).toEqual({
      inputTokens: 7,
      outputTokens: 1,
      cacheReadTokens: 2,
      cacheWriteTokens: 1,
    })
    const grown = [
      ends(null, { usage: { outputTokens: 5 } }),
      ends('end_turn', { usage: { inputTokens: 90, outputTokens: 9 } }),
    ]
    expect(await usage(started(), ...body, ...grown)).toEqual({
      inputTokens: 90,
      outputTokens: 9,
      cacheReadTokens: 2,
      cacheWriteTokens: 1,
    })
    expect(await usage(ends('end_turn', { usage: {} }))).toMatchObject({ inputTokens: 0, outputTokens: 0 })
  })

  it('is reported for a refusal too', async () => {
    expect((await refused(started(), ends('refusal', { usage: { outputTokens: 3 } }))).usage).toEqual({
      inputTokens: 7,
      outputTokens: 3,
      cacheReadTokens: 2,
      cacheWriteTokens: 1,
    })
  })

  it('has the model that answered, or the requested one when none is named', async () => {
    expect((await finished(started({ model: 'm2' }), ends('end_turn'), over)).model).toBe('m2')
    expect((await finished(ends('end_turn'), over)).model).toBe('m1')
    expect((await finished(started({ model: '' }), ends('end_turn'), over)).model).toBe('m1')
  })

  it('has the last container that was named', async () => {
    expect(await finished(started({ container: 'c1' }), ends('end_turn'), over)).toMatchObject({ container: 'c1' })
    expect(await finished(started({ container: 'c1' }), ends('end_turn', { container: 'c2' }), over)).toMatchObject({
      container: 'c2',
    })
    expect(await finished(...wholeReply())).not.toHaveProperty('container')
  })

  it('records that structured output was requested', async () => {
    const target = { promptHash: 'p2', cacheBreakpoints: 0, structured: true }
    const whole = await played(sourceOf(...wholeReply()), { stream: { target } })
    expect(whole.endings()).toMatchObject([{ type: 'reply.finished', structured: true, promptHash: 'p2' }])
    const cut = await played(sourceOf(...wholeReply().slice(0, 3)), { stream: { target } })
    expect(cut.endings()).toMatchObject([{ type: 'reply.failed', partial: { structured: true } }])
  })
})

describe('a source that throws', () => {
  it.each([
    ['when it is called', broken],
    ['when it is read', brokenAtOnce],
    ['before its first event', throwing(new Error('no way'))],
    ['later', throwing(new Error('no way'), started(), textBlock(), says('Hi'))],
  ])('%s fails as source-failed, with its message, and is not retried', async (_, source) => {
    const { failure, retryable } = await failed(source)
    expect(failure).toEqual({ code: 'source-failed', message: 'The message source threw.', quote: 'no way' })
    expect(retryable).toBe(false)
  })

  it('keeps the content so far', async () => {
    const { partial } = await failed(throwing(new Error('no way'), started(), textBlock(), says('Hi')))
    expect(partial).toMatchObject({ content: [{ type: 'text', text: 'Hi' }], shown: true })
  })

  it('may throw any value', async () => {
    expect((await failed(throwing('a text'))).failure.quote).toBe('a text')
    expect((await failed(throwing(undefined))).failure.quote).toBe('undefined')
  })

  it.each([
    ['overloaded', {}, true],
    ['connection-lost', {}, true],
    ['authentication-failed', {}, false],
    ['stream-malformed', {}, false],
    ['overloaded', { shouldRetry: false }, false],
    ['request-invalid', { shouldRetry: true }, true],
  ] as const)('passes on the code of a TurnstateError: %s %o is retryable: %s', async (code, details, retryable) => {
    const error = new TurnstateError(code, 'because', { status: 418, retryAfter: 5, ...details, cause: 'hidden' })
    const ending = await failed(throwing(error, started()))
    expect(ending).toMatchObject({ retryable, failure: { code, message: 'because', status: 418, retryAfter: 5 } })
    expect(ending.failure).not.toHaveProperty('cause')
    expect(failureOf(error)).toEqual(ending.failure)
  })

  it.each(['request-invalid', 'not-found', 'request-too-large', 'prompt-too-long'] as const)(
    'rejects the request with a TurnstateError of code %s',
    async (code) => {
      const error = new TurnstateError(code, 'because', { status: 400, pointer: 'metadata' })
      expect(await rejected(throwing(error))).toMatchObject({
        failure: { code, message: 'because', status: 400, pointer: 'metadata' },
        shown: false,
      })
    },
  )

  it('is treated the same when its error comes from another copy of the package', async () => {
    const foreign = Object.assign(new Error('because'), {
      [Symbol.for('turnstate.error')]: true,
      code: 'overloaded',
      details: {},
      retryable: true,
    })
    expect(await failed(throwing(foreign))).toMatchObject({ retryable: true, failure: { code: 'overloaded' } })
  })

  it.each<readonly [string, object]>([
    ['has a number that JSON cannot represent', { type: 'text', n: 1n }],
    [
      'throws when it is read',
      {
        type: 'text',
        get text() {
          throw new Error('not today')
        },
      },
    ],
    ['is a revoked proxy', revoked()],
  ])('fails the attempt, not the actor, when a block %s', async (_, shell) => {
    const unreadable = { type: 'block.started', index: 0, block: shell } as unknown as SourceEvent
    const ending = await failed(sourceOf(started(), textBlock(), says('x'), stopped(), unreadable, ...wholeReply()))
    expect(ending).toMatchObject({ retryable: false, failure: { code: 'source-failed' } })
    expect(ending.partial).toMatchObject({ content: [{ text: 'x' }], shown: true })
  })

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['an object without a prototype', Object.create(null)],
    ['a revoked proxy', revoked()],
    ['a symbol', Symbol('x')],
    ['a TurnstateError with an unknown code', coded('of-tomorrow')],
    ['a TurnstateError whose code is not a string', coded(7)],
  ])('fails as source-failed when it throws %s', async (_, thrown) => {
    const ending = await failed(throwing(thrown, started()))
    expect(ending).toMatchObject({ retryable: false, failure: { code: 'source-failed', message: expect.any(String) } })
  })

  it('keeps the storable details of its error', async () => {
    const details = { status: Number.NaN, requestId: 7, retryAfter: -1, pointer: 'metadata', turnId: null }
    const { failure } = await failed(throwing(Object.assign(coded('overloaded'), { details })))
    expect(failure).toEqual({ code: 'overloaded', message: 'because', pointer: 'metadata' })
  })

  it.each<readonly [string, unknown]>([
    ['nothing', undefined],
    ['a promise', Promise.resolve([])],
    ['a number', 7],
  ])('fails as source-failed when it returns %s instead of an iterable', async (_, given) => {
    const { failure } = await failed((() => given) as unknown as MessageSource)
    expect(failure).toMatchObject({ code: 'source-failed', message: expect.stringContaining('async function*') })
  })

  it('may yield available items synchronously', async () => {
    const source = (() => [...wholeReply()]) as unknown as MessageSource
    expect((await played(source)).types()).toEqual(['reply.opened', 'reply.finished'])
  })

  it.each<readonly [string, readonly SourceEvent[]]>([
    ['in the middle', [started(), { type: 'failed', error: new Error('no way') }]],
    ['at its end', wholeReply()],
  ])('cannot delay the end of its turn %s when it never closes', async (_, events) => {
    const source: MessageSource = () => ({
      [Symbol.asyncIterator]: () => {
        const left = [...events]
        return {
          next: () => {
            const value = left.shift()
            return value ? Promise.resolve({ done: false, value }) : new Promise(() => {})
          },
          return: () => new Promise(() => {}),
        }
      },
    })
    const conversation = await played(source)
    expect(conversation.endings()).toHaveLength(1)
    expect(conversation.actor.getSnapshot().hasTag('ready')).toBe(true)
  })
})

describe('a parent that does not stop the ended actor', () => {
  const refusal = ends('refusal')

  it.each([
    ['one by one', sourceOf(...wholeReply(), refusal, over)],
    ['in one batch', sourceOf([...wholeReply(), refusal, over])],
    ['and then thrown', throwing(new Error('late'), ...wholeReply())],
  ])('gets exactly one ending: %s', async (_, source) => {
    const { clock, types } = unheeded(source)
    await turn()
    expect(types()).toEqual(['reply.opened', 'reply.finished'])
    expect(clock.running).toEqual([])
  })

  it('has no watchdog running after a complete reply', async () => {
    const held = heldSource()
    const { clock, types } = unheeded(held.source)
    await turn()
    await held.give(...wholeReply())
    expect(clock.running).toEqual([1_000])
    clock.increment(10 * idleTimeout)
    expect(types()).toEqual(['reply.opened', 'reply.finished'])
  })

  it('has no watchdog running after a failure', async () => {
    const { clock, types } = unheeded(throwing(new Error('no way'), started()))
    await turn()
    expect(types()).toEqual(['reply.opened', 'reply.failed'])
    expect(clock.running).toEqual([])
  })
})
