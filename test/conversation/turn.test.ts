import { describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../src/index.ts'
import { collect, start } from './start.ts'

const usage = { inputTokens: 3, outputTokens: 5, cacheReadTokens: 0, cacheWriteTokens: 0 }

const types = (events: readonly TurnEvent[]) => events.map(({ type }) => type)
const textOf = (events: readonly TurnEvent[]) =>
  events.map((event) => (event.type === 'delta' ? event.text : '')).join('')

describe('a turn', () => {
  it('resolves with its outcome when awaited', async () => {
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

  it('yields its events when iterated, the outcome last', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.answer('Hi ', 'there')
    const events = await collect(turn)
    expect(types(events)).toEqual(['attempt.started', 'delta', 'delta', 'turn.completed'])
    expect(events[1]).toEqual({ type: 'delta', turnId: 't1', attempt: 1, seq: 0, block: 0, kind: 'text', text: 'Hi ' })
    expect(events.at(-1)).toMatchObject({ outcome: { status: 'completed', text: 'Hi there' } })
  })

  it('shows every event to each of several iterators, early or late', async () => {
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

  it('shows thousands of deltas in full to an early and a late iterator', async () => {
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

  it('continues when an iterator stops early', async () => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.say('a', 'b')
    for await (const event of turn) if (event.type === 'delta') break
    reply.stop('end_turn')
    expect((await turn).text).toBe('ab')
  })

  it('shows nothing of a retracted attempt to a late iterator', async () => {
    const { ask } = start({ onRefusal: 'drop-turn' })
    const { turn, reply } = await ask('bad')
    reply.refuse('half a ', 'sentence')
    await turn
    const events = await collect(turn)
    expect(types(events)).toEqual(['attempt.started', 'retracted', 'context.reset', 'turn.refused'])
    expect(JSON.stringify(events)).not.toContain('sentence')
  })

  it('resolves once, with the refusal and the reset, once the reset is stored', async () => {
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

  it('follows its input through a rephrasing, and reports the earlier refusal', async () => {
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

  it('is refused, with both refusals, when its rephrasing is refused too', async () => {
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

  it('resolves without a reset when a person must decide', async () => {
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

  it('reports each attempt, and retracts what a failed one showed', async () => {
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
    expect(events[1]).toEqual({ type: 'retracted', turnId: 't1', attempt: 1, cause: 'retry', revision: 3 })
  })

  it('causes no unhandled rejection and buffers nothing when nobody watches it', async () => {
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
  ])('maps the stop reason %s to the finish reason %s', async (stopReason, finishReason) => {
    const { ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.say('Hi')
    reply.stop(stopReason)
    expect(await turn).toMatchObject({ status: 'completed', stopReason, finishReason })
  })
})

describe('a signal', () => {
  it('stops the turn and closes the request when it aborts', async () => {
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

  it('prevents the request when it has already aborted', async () => {
    const { chat, replies } = start()
    expect(await chat.sendMessage('Hello', { signal: AbortSignal.abort() })).toMatchObject({
      status: 'stopped',
      error: { code: 'aborted' },
    })
    expect([replies.length, chat.messages.length]).toEqual([0, 0])
  })

  it('removes a message from the queue when it aborts', async () => {
    const { chat, ask } = start({ whenBusy: 'queue' })
    const { turn, reply } = await ask('one')
    const controller = new AbortController()
    const second = chat.sendMessage('two', { signal: controller.signal })
    controller.abort()
    expect(await second).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    reply.answer('Hi')
    expect((await turn).status).toBe('completed')
  })

  it('has no listener left when the turn ends', async () => {
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
