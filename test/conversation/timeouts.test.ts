import { describe, expect, it } from 'vitest'
import { conversationMachine } from '../../machines/index.ts'
import { type Actor, createActor, SimulatedClock } from 'xstate'
import { openConversation } from '../../src/index.ts'
import { faultyStore, turns } from '../durability/faulty-store.ts'
import { codeOf, start, until } from './start.ts'

const quiet = { warn: () => {}, error: () => {} }
const silent = () => ({ [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) })

const never = () => new Promise<never>(() => {})
const settled = (value: Promise<unknown>) =>
  Promise.race([value.then(() => true), new Promise((resolve) => setImmediate(() => resolve(false)))])

describe('decideTimeout', () => {
  it('limits how long a function may decide about a refusal; then the turn is dropped', async () => {
    const { chat, clock, ask } = start({ onRefusal: { rephrase: never }, decideTimeout: 500 })
    const { turn, reply } = await ask('Hello')
    reply.refuse('Well')
    await until(chat, () => chat.actor.getSnapshot().matches({ refused: 'deciding' }))
    clock.increment(499)
    expect(await settled(turn.outcome)).toBe(false)
    clock.increment(1)
    expect(await turn).toMatchObject({ status: 'refused', reset: { policy: 'drop-turn' } })
    expect(chat.canSend).toBe(true)
  })

  it('reports and logs an expired decision once', async () => {
    const warned: string[] = []
    const logger = { warn: (message: string) => void warned.push(message), error() {} }
    const { chat, clock, ask } = start({ onRefusal: { rephrase: never }, decideTimeout: 500, logger })
    const { turn, reply } = await ask('Hello')
    const told: unknown[] = []
    chat.on('decision.timedOut', (notice) => told.push(notice))
    reply.refuse('Well')
    await until(chat, () => chat.actor.getSnapshot().matches({ refused: 'deciding' }))
    clock.increment(500)
    const { turnId } = await turn
    expect(told).toMatchObject([{ type: 'decision.timedOut', turnId, about: 'refusal' }])
    expect(warned).toEqual([expect.stringContaining('rephrase function took longer than decideTimeout')])
  })
})

describe('openTimeout', () => {
  it('limits how long the API may take to begin its answer; then the attempt fails', async () => {
    const { chat, clock, ask } = start({ openTimeout: 500, retry: { maxAttempts: 1 } })
    const { turn } = await ask('Hello')
    clock.increment(499)
    expect(chat.status).toBe('submitted')
    clock.increment(1)
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'connection-failed' } })
  })
})

it.each(['loadTimeout', 'saveTimeout', 'saveRetry'] as const)(
  '%s sets a delay of the running chart; its default is the delay of the bare chart',
  (option) => {
    type Delay = (given: unknown) => unknown
    const delayOf = (actor: Actor<typeof conversationMachine>): unknown =>
      (actor.logic.implementations.delays[option] as Delay)({ context: actor.getSnapshot().context })
    const byDefault = delayOf(createActor(conversationMachine))
    expect(byDefault).toBeTypeOf('number')
    expect(delayOf(start().chat.actor)).toBe(byDefault)
    expect(delayOf(start({ [option]: 250 }).chat.actor)).toBe(250)
  },
)

it.each(['decideTimeout', 'openTimeout', 'loadTimeout', 'saveTimeout', 'saveRetry', 'closeTimeout'])(
  '%s must be a positive number of milliseconds that a timer supports',
  (option) => {
    for (const ms of [0, -1, Number.NaN, 2 ** 31, '5'])
      expect(codeOf(() => start({ [option]: ms }))).toBe('invalid-option')
  },
)

describe('closeTimeout', () => {
  const closing = async (options: Parameters<typeof start>[0], timeout?: number) => {
    const { store } = faultyStore(() => 'hangs')
    const clock = new SimulatedClock()
    const chat = await openConversation({
      source: silent,
      model: 'm1',
      maxTokens: 10,
      store,
      clock,
      logger: quiet,
      ...options,
    })
    const turn = chat.sendMessage('Hello')
    let isOver = false
    const closed = chat.close(timeout === undefined ? {} : { timeout }).then(() => (isOver = true))
    const isOverAfter = async (ms: number) => {
      clock.increment(ms)
      await turns(2)
      return isOver
    }
    return { isOverAfter, turn, closed }
  }

  it.each([
    ['by default', {}, undefined, 30_000],
    ['by the option', { closeTimeout: 500 }, undefined, 500],
    ['by what close() is given', { closeTimeout: 500 }, 2_000, 2_000],
  ] as const)('limits how long close() waits for the store: %s', async (_, options, given, ms) => {
    const { isOverAfter, turn } = await closing(options, given)
    expect(await isOverAfter(ms - 1)).toBe(false)
    expect(await isOverAfter(1)).toBe(true)
    expect(await turn).toMatchObject({ status: 'failed', error: { code: 'journal-write-failed' } })
  })

  it.each([-1, Number.NaN, 2 ** 31, '5'])('close() rejects a timeout of %s', async (timeout) => {
    const { chat } = start()
    expect(codeOf(() => chat.close({ timeout: timeout as number }))).toBe('invalid-option')
    await chat.close()
  })
})
