import { setMaxListeners } from 'node:events'
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, expect, it } from 'vitest'
import { type Clock, claude, createConversation } from '../../src/index.ts'
import { endAll, simulated } from './simulated.ts'

afterEach(endAll)

/** A wall clock that counts its pending timers and can wait until there are none. */
function countingClock() {
  const pending = new Set<unknown>()
  let tell: () => void = () => {}
  const done = (id: unknown) => {
    pending.delete(id)
    if (pending.size === 0) tell()
  }
  const clock: Clock = {
    setTimeout: (run, ms) => {
      const id = setTimeout(() => {
        done(id)
        run()
      }, ms)
      pending.add(id)
      return id
    },
    clearTimeout: (id) => {
      clearTimeout(id)
      done(id)
    },
  }
  const none = () =>
    new Promise<void>((resolve) => {
      tell = resolve
      if (pending.size === 0) resolve()
    })
  return { clock, pending, none }
}

it('1,000 conversations opened and closed leave no timers, sockets or listeners', async () => {
  const { sim } = await simulated()
  const source = claude(new Anthropic({ apiKey: 'k', baseURL: sim.url }))
  const { clock, pending, none } = countingClock()
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const listening = new Set<unknown>()
  const add = signal.addEventListener.bind(signal)
  const remove = signal.removeEventListener.bind(signal)
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listening.add(given[1])
    add(...given)
  }
  signal.removeEventListener = (...given: Parameters<typeof remove>) => {
    listening.delete(given[1])
    remove(...given)
  }
  let everListened = 0

  const converse = async (nth: number) => {
    const chat = createConversation({ source, model: 'claude-opus-5-5', maxTokens: 100, clock })
    chat.subscribe(() => chat.messages)
    chat.on('*', () => {})
    const turn = chat.sendMessage('Hello', { signal })
    everListened = Math.max(everListened, listening.size)
    // Half of them are closed during the reply.
    if (nth % 2 === 0) await turn
    await chat.close()
    expect(chat.actor.getSnapshot().status).toBe('done')
    return (await turn).status
  }

  const atOnce = 50
  const statuses: string[] = []
  for (let round = 0; round < 1_000 / atOnce; round++)
    statuses.push(...(await Promise.all(Array.from({ length: atOnce }, (_, nth) => converse(nth)))))
  expect(statuses).toHaveLength(1_000)
  expect(new Set(statuses)).toEqual(new Set(['completed', 'stopped']))
  expect(everListened).toBeGreaterThan(0)
  expect(listening.size).toBe(0)
  await none()
  expect(pending.size).toBe(0)
  // The client keeps the connections of complete replies for reuse: no more than were in use at the same time.
  await Promise.all(sim.requests.map(({ closed }) => closed))
  expect(sim.openSockets).toBeLessThanOrEqual(atOnce)
})
