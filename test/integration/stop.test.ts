import { afterEach, describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { reply, text, toolUse } from '../../src/testing/index.ts'
import { moments, told } from './moments.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const textsOf = (chat: Conversation, role: 'user' | 'assistant') =>
  chat.messages
    .filter((item) => item.role === role)
    .map(({ parts }) => parts.map((part) => (part.type === 'text' ? part.text : '')).join(''))

describe('stop', () => {
  it.each(moments)('ends the turn $name, and a follow-up is answered', async (given) => {
    const world = await conversing(given.steps, given.options)
    const { chat, sim, asked, goesOn } = world
    const there = given.there(world)
    const turn = chat.sendMessage('Tell me')
    await there
    const last = sim.requests.at(-1)
    chat.stop()
    await last?.closed
    expect(last?.aborted).toBe(given.open !== 'nothing')

    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'stopped', text: given.shown ?? '', finishReason: 'other' })
    expect(outcome.error).toBeUndefined()
    const requests = sim.requests.length
    expect(textsOf(chat, 'user')).toEqual(['Tell me'])
    if (given.shown !== undefined) {
      expect(textsOf(chat, 'assistant').join('')).toContain(given.shown)
      expect(chat.messages.at(-1)?.status).toBe('partial')
    }
    expect((await chat.sendMessage('shorter, please')).status).toBe('completed')
    expect(asked(-1).at(-1)).toMatch(/shorter, please$/)
    if (given.shown !== undefined) expect(asked(-1).join()).toContain(given.shown)
    await goesOn(chat)
    expect(sim.requests).toHaveLength(requests + 2)
  })

  // Other processes may delay one run, but not three in a row.
  it.each(moments.filter(({ open }) => open !== 'nothing'))(
    'closes the connection of its request within 50 ms $name',
    { retry: 2 },
    async ({ steps, options, there }) => {
      const world = await conversing(steps, options)
      const reachedIt = there(world)
      const turn = world.chat.sendMessage('Tell me')
      await reachedIt
      const before = performance.now()
      world.chat.stop()
      await world.sim.requests.at(-1)?.closed
      expect(performance.now() - before).toBeLessThan(50)
      expect((await turn).status).toBe('stopped')
      await world.goesOn(world.chat)
    },
  )

  it.each(moments.filter(({ open }) => open === 'reply'))(
    'marks the usage as estimated $name',
    async ({ steps, options, there }) => {
      const world = await conversing(steps, options)
      const reachedIt = there(world)
      const turn = world.chat.sendMessage('Tell me')
      await reachedIt
      world.chat.stop()
      expect((await turn).usage.estimated).toBe(true)
      await world.goesOn(world.chat)
    },
  )

  it.each(moments)('by a signal ends the turn $name, and the outcome names the signal', async (given) => {
    const world = await conversing(given.steps, given.options)
    const there = given.there(world)
    const abort = new AbortController()
    const turn = world.chat.sendMessage('Tell me', { signal: abort.signal })
    await there
    abort.abort()
    expect(await turn).toMatchObject({ status: 'stopped', text: given.shown ?? '', error: { code: 'aborted' } })
    await world.goesOn(world.chat)
  })

  // A reply that is dropped leaves nothing to compact.
  it.each(moments.filter(({ shown, name }) => shown !== undefined && !name.includes('compaction')))(
    'drops the whole turn $name under onStop "drop"',
    async (given) => {
      const world = await conversing(given.steps, { ...given.options, onStop: 'drop' })
      const { chat, sim, goesOn } = world
      const there = given.there(world)
      const turn = chat.sendMessage('Tell me')
      await there
      chat.stop()
      expect((await turn).status).toBe('stopped')
      expect(chat.messages.at(-1)?.status).toBe('partial')
      expect(chat.history).toEqual([])
      await goesOn(chat)
      expect(sim.requests.at(-1)?.text).not.toContain('Tell me')
    },
  )

  it('aborts running tools and ignores their later results', async () => {
    const signals: AbortSignal[] = []
    let give: (value: string) => void = () => {}
    const slow = weatherTool((_, signal) => {
      signals.push(signal)
      return new Promise<string>((resolve) => {
        give = resolve
      })
    })
    const { chat, sim, goesOn } = await conversing([reply([toolUse('weather', { city: 'Rome' })])], {
      tools: [slow.weather],
    })
    const started = told(chat, 'toolCall.started')
    const turn = chat.sendMessage('Rome?')
    await started
    chat.stop()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
    give('much too late')
    expect((await turn).status).toBe('stopped')
    await goesOn(chat)
    expect(sim.requests.at(-1)?.text).not.toContain('much too late')
    expect(slow.cities).toEqual(['Rome'])
  })

  it('has an outcome that differs from an aborted signal and from a failure', async () => {
    const { chat, next, goesOn } = await conversing([])
    const outcomes = []
    for (const end of ['stop', 'abort', 'fail'] as const) {
      const faults = end === 'fail' ? { truncateAfterDeltas: 2 } : { stallAfterDeltas: 2 }
      for (let times = 0; times < (end === 'fail' ? 3 : 1); times++)
        next(reply([text('one ', 'two ', 'three')], { faults }))
      const abort = new AbortController()
      const turn = chat.sendMessage(`to be ended: ${end}`, { signal: abort.signal })
      for await (const event of turn) if (event.type === 'delta' && event.seq === 1) break
      if (end === 'stop') chat.stop()
      if (end === 'abort') abort.abort()
      const { status, error, text: said } = await turn
      outcomes.push([status, error?.code, said])
    }
    expect(outcomes).toEqual([
      ['stopped', undefined, 'one two '],
      ['stopped', 'aborted', 'one two '],
      ['failed', 'stream-truncated', 'one two '],
    ])
    await goesOn(chat)
  })

  it('does nothing when nothing is under way', async () => {
    const { chat, goesOn } = await conversing([])
    chat.stop()
    await chat.sendMessage('Hello')
    chat.stop()
    expect(chat.history).toHaveLength(2)
    await goesOn(chat)
  })
})
