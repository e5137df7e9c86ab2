import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../src/index.ts'
import { collect, start } from './start.ts'

const usage = { inputTokens: 3, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 }

const types = (events: readonly TurnEvent[]) => events.map(({ type }) => type)
const textOf = (events: readonly TurnEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')

describe('a turn', () => {
  it('is awaited for its outcome', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.answer('Hi ', 'there')
    expect(await turn).toEqual({
      status: 'completed',
      turnId: 't1',
      text: 'Hi there',
      model: 'm1',
      stopReason: 'end_turn',
      finishReason: 'stop',
      truncated: false,
      usage,
      attempts: [{ turnId: 't1', attempt: 1, model: 'm1', result: 'answered', billing: 'billed', usage }],
      servedAfterRefusal: false,
      refusals: [],
    })
  })

  it('is iterated for its events, the outcome last', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.answer('Hi ', 'there')
    const events = await collect(turn)
    expect(types(events)).toEqual(['attempt.started', 'delta', 'delta', 'turn.completed'])
    expect(events[1]).toEqual({ type: 'delta', turnId: 't1', attempt: 1, seq: 0, kind: 'text', text: 'Hi ' })
    expect(events.at(-1)).toMatchObject({ outcome: { status: 'completed', text: 'Hi there' } })
  })

  it('can be watched by several, early and late, and each sees everything', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    const early = collect(turn)
    reply.say('a', 'b')
    const middle = collect(turn)
    reply.stop('end_turn')
    await turn
    const late = await collect(turn)
    expect(await early).toEqual(late)
    expect(await middle).toEqual(late)
    expect(textOf(late)).toBe('ab')
  })

  it('of thousands of deltas is seen whole by one who watched all along and one who comes late', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    const texts = Array.from({ length: 2_000 }, (_, index) => `${index} `)
    const early = collect(turn)
    reply.say(...texts)
    reply.stop('end_turn')
    await turn
    const late = await collect(turn)
    expect(textOf(late)).toBe(texts.join(''))
    expect(late.flatMap((event) => (event.type === 'delta' ? event.seq : []))).toEqual(texts.map((_, index) => index))
    expect(await early).toEqual(late)
  })

  it('can be left in the middle by one who watches, and goes on', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.say('a', 'b')
    for await (const event of turn) if (event.type === 'delta') break
    reply.stop('end_turn')
    expect((await turn).text).toBe('ab')
  })

  it('shows nothing of a retracted attempt to who comes late', async () => {
    const { ask } = start({ onRefusal: 'drop-turn' })
    const { turn, reply } = await ask('bad')
    reply.refuse('half a ', 'sentence')
    await turn
    const events = await collect(turn)
    expect(types(events)).toEqual(['attempt.started', 'retracted', 'context.reset', 'turn.refused'])
    expect(JSON.stringify(events)).not.toContain('sentence')
  })

  it('resolves once, with the refusal and the reset, after the reset is stored', async () => {
    const { exchange, ask, chat } = start()
    await exchange('Hello', 'Hi')
    const { turn, reply } = await ask('bad')
    reply.refuse('half')
    const outcome = await turn
    expect(outcome).toMatchObject({
      status: 'refused',
      text: '',
      stopReason: 'refusal',
      finishReason: 'content-filter',
      refusal: { category: 'cyber', textShown: true, policy: 'drop-turn', usage: { outputTokens: 5 } },
      reset: { left: [{ turnId: 't2', why: 'refused' }], head: 't1', nothingLeft: false },
    })
    expect(outcome.refusals).toEqual([outcome.refusal])
    expect(chat.status).toBe('ready')
  })

  it('follows its input through a rephrasing, and tells the earlier refusal', async () => {
    const { ask, asked } = start({ onRefusal: { rephrase: () => 'good' } })
    const { turn, reply } = await ask('bad')
    reply.refuse('half')
    const second = await asked(2)
    expect(second.request.messages).toEqual([{ role: 'user', content: 'good' }])
    second.answer('fine')
    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'completed', turnId: 't1~1', text: 'fine', usage: { outputTokens: 10 } })
    expect(outcome.refusals).toMatchObject([{ turnId: 't1', policy: { rephrase: 'good' } }])
    expect(types(await collect(turn))).toEqual([
      'attempt.started',
      'retracted',
      'turn.refused',
      'context.reset',
      'attempt.started',
      'delta',
      'turn.completed',
    ])
  })

  it('whose rephrasing is refused too is refused, with both refusals', async () => {
    const { ask, asked } = start({ onRefusal: { rephrase: () => 'still bad' } })
    const { turn, reply } = await ask('bad')
    reply.refuse()
    const second = await asked(2)
    second.refuse()
    expect((await turn).refusals.map(({ turnId, policy }) => [turnId, policy])).toEqual([
      ['t1', { rephrase: 'still bad' }],
      ['t1~1', 'drop-turn'],
    ])
  })

  it('resolves without a reset when a person has to decide', async () => {
    const { ask, chat } = start({ onRefusal: 'manual' })
    const { turn, reply } = await ask('bad')
    reply.refuse('half')
    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'refused', refusal: { policy: 'manual' } })
    expect(outcome.reset).toBeUndefined()
    expect([chat.status, chat.canSend]).toEqual(['refused', false])
    chat.resolveRefusal('clear')
    expect([chat.status, chat.canSend]).toEqual(['ready', true])
  })

  it('fails with an error that has a code, and never rejects', async () => {
    const { ask, chat } = start()
    const { turn, reply } = await ask('Hello')
    reply.throw(new Error('boom'))
    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'failed', finishReason: 'error', error: { code: 'source-failed' } })
    expect(chat.status).toBe('error')
    expect(chat.error).toBe(outcome.error)
  })

  it('tells each attempt, and retracts what a failed one showed', async () => {
    const { ask, asked, clock, chat } = start({ retry: { baseDelay: 100 } })
    const { turn, reply } = await ask('Hello')
    reply.say('half')
    reply.end()
    await new Promise<void>((resolve) => chat.on('retry.scheduled', () => resolve()))
    expect(chat.status).toBe('submitted')
    clock.increment(100)
    const second = await asked(2)
    second.answer('whole')
    expect((await turn).text).toBe('whole')
    const events = await collect(turn)
    expect(types(events)).toEqual([
      'attempt.started',
      'retracted',
      'retry.scheduled',
      'attempt.started',
      'delta',
      'turn.completed',
    ])
    expect(events[1]).toEqual({ type: 'retracted', turnId: 't1', attempt: 1, cause: 'retry' })
  })

  it('that nobody watches leaves no unhandled rejection and keeps nothing', async () => {
    const { chat, asked } = start()
    chat.sendMessage('Hello')
    const reply = await asked(1)
    reply.throw(new Error('boom'))
    await new Promise<void>((resolve) => chat.on('turn.failed', () => resolve()))
    expect(chat.messages.map(({ role, status }) => [role, status])).toEqual([
      ['user', 'complete'],
      ['assistant', 'failed'],
    ])
  })

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['a_reason_of_tomorrow', 'other'],
  ])('that stops by %s has the finish reason %s', async (stopReason, finishReason) => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.say('Hi')
    reply.stop(stopReason)
    expect(await turn).toMatchObject({ status: 'completed', stopReason, finishReason })
  })
})

describe('a signal', () => {
  it('that aborts stops the turn, and closes the request', async () => {
    const { chat, asked } = start()
    const controller = new AbortController()
    const turn = chat.sendMessage('Hello', { signal: controller.signal })
    const reply = await asked(1)
    reply.say('half')
    await new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    controller.abort()
    expect(reply.signal.aborted).toBe(true)
    expect(await turn).toMatchObject({ status: 'stopped', text: 'half', usage: { estimated: true } })
  })

  it('that had aborted before sends nothing', async () => {
    const { chat, replies } = start()
    expect(await chat.sendMessage('Hello', { signal: AbortSignal.abort() })).toMatchObject({
      status: 'stopped',
      error: { code: 'aborted' },
    })
    expect([replies.length, chat.messages.length]).toEqual([0, 0])
  })

  it('that aborts takes a message out of the queue', async () => {
    const { chat, ask } = start({ whenBusy: 'queue' })
    const { turn, reply } = await ask('one')
    const controller = new AbortController()
    const second = chat.sendMessage('two', { signal: controller.signal })
    controller.abort()
    expect(await second).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
  })

  it('is let go of when the turn ends', async () => {
    const { chat, asked } = start()
    const controller = new AbortController()
    const removed: string[] = []
    const { signal } = controller
    const remove = signal.removeEventListener.bind(signal)
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      removed.push(given[0])
      remove(...given)
    }
    const turn = chat.sendMessage('Hello', { signal })
    const reply = await asked(1)
    reply.answer('Hi')
    await turn
    expect(removed).toEqual(['abort'])
  })
})
