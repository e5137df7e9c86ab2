import { afterEach, describe, expect, it } from 'vitest'
import { addUsage, noUsage, type Usage } from '../../src/journal/index.ts'
import { compact, httpError, refuse, reply, type ScriptedUsage, text, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const main = 'claude-opus-5-5'
const second = 'claude-opus-5'

const usage = (inputTokens: number, outputTokens: number): { readonly usage: ScriptedUsage } => ({
  usage: { inputTokens, outputTokens },
})

const counted = (inputTokens: number, outputTokens: number): Usage => ({ ...noUsage, inputTokens, outputTokens })

const overBudget = { status: 'failed', error: { code: 'budget-exceeded' } }

describe('a budget', () => {
  it('of tokens is checked before each request and can be raised', async () => {
    const { chat, sim, goesOn } = await conversing([reply('One.', usage(40, 10)), reply('Two.', usage(40, 10))], {
      budget: { tokens: 100 },
    })
    for (const message of ['a', 'b']) expect((await chat.sendMessage(message)).status).toBe('completed')
    expect(await chat.sendMessage('c')).toMatchObject({ ...overBudget, attempts: [] })
    expect(sim.requests).toHaveLength(2)
    chat.setBudget({ tokens: 1_000_000 })
    expect((await chat.retry()).status).toBe('completed')
    await goesOn(chat)
  })

  it('ends a tool loop once the results of the tools are reported', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, sent, goesOn } = await conversing(
      [reply([text('I look.'), toolUse('weather', { city: 'Rome' }, 'toolu_1')], usage(90, 10))],
      { tools: [weather], budget: { tokens: 100 } },
    )
    expect(await chat.sendMessage('Rome?')).toMatchObject({ ...overBudget, text: 'I look.' })
    expect([sim.requests.length, cities]).toEqual([1, ['Rome']])
    chat.setBudget({})
    await goesOn(chat)
    expect(sent(-1, 'tool_result')).toMatchObject([{ tool_use_id: 'toolu_1', content: 'Rome: sunny' }])
  })

  it('of cost uses the prices of each model', async () => {
    const { chat, sim, goesOn } = await conversing([reply('One.', usage(1_000, 100)), reply('Two.', usage(500, 50))], {
      budget: { cost: 0.01 },
      prices: { [main]: { input: 5, output: 25 }, [second]: { input: 2, output: 10 } },
    })
    await chat.sendMessage('a')
    expect(chat.cost).toBeCloseTo(0.0075, 10)
    chat.setModel(second)
    expect((await chat.sendMessage('b')).status).toBe('completed')
    expect(chat.cost).toBeCloseTo(0.009, 10)
    chat.setBudget({ cost: 0.009 })
    expect(await chat.sendMessage('c')).toMatchObject(overBudget)
    expect(sim.requests).toHaveLength(2)
    chat.setBudget({ cost: 1 })
    await goesOn(chat)
  })

  it('of cost blocks requests to a model without a price', async () => {
    const { chat, sim, goesOn } = await conversing([], {
      budget: { cost: 1 },
      prices: { [main]: { input: 5, output: 25 } },
    })
    chat.setModel(second)
    expect(await chat.sendMessage('a')).toMatchObject(overBudget)
    expect(sim.requests).toEqual([])
    chat.setModel(main)
    await goesOn(chat)
  })

  it('of refusals in a row holds until the context is cleared', async () => {
    const { chat, sim, goesOn } = await conversing([refuse(), reply('fine'), refuse(), refuse()], {
      budget: { refusalsInARow: 2 },
      onRefusal: 'drop-turn',
    })
    const statuses = []
    for (const message of ['bad one', 'fine', 'bad two', 'bad three'])
      statuses.push((await chat.sendMessage(message)).status)
    expect(statuses).toEqual(['refused', 'completed', 'refused', 'refused'])
    expect(await chat.sendMessage('good')).toMatchObject(overBudget)
    expect(sim.requests).toHaveLength(4)
    chat.clear()
    await goesOn(chat, 'bad one', 'bad two', 'bad three')
  })

  it('of refusals in a row holds until it is raised when nothing is left to clear', async () => {
    const { chat, goesOn } = await conversing([refuse()], { budget: { refusalsInARow: 1 } })
    expect((await chat.sendMessage('bad one')).status).toBe('refused')
    expect(await chat.sendMessage('good')).toMatchObject(overBudget)
    chat.setBudget({ refusalsInARow: 2 })
    await goesOn(chat, 'bad one')
  })

  it('of refusals in a row ends a chain of fallbacks, too', async () => {
    const { chat, sim, goesOn } = await conversing([refuse(), refuse()], {
      budget: { refusalsInARow: 2 },
      onRefusal: { fallback: [{ model: second }, { model: 'claude-opus-4-8' }] },
    })
    const outcome = await chat.sendMessage('bad one')
    expect(outcome).toMatchObject({ ...overBudget, refusals: [{ model: main }, { model: second }] })
    expect(sim.requests).toHaveLength(2)
    chat.setBudget({})
    await goesOn(chat)
  })
})

describe('the ledger', () => {
  it('counts what the API reported: answers, charged and uncharged refusals, and attempts of unknown cost', async () => {
    const { chat, goesOn } = await conversing([
      reply('One.', {
        usage: { inputTokens: 10, outputTokens: 2, cacheReadInputTokens: 5, cacheCreationInputTokens: 3 },
      }),
      refuse({ category: 'cyber' }, [], usage(20, 0)),
      refuse({ category: 'bio' }, [], usage(30, 0)),
      refuse({ category: 'cyber', at: { afterDeltas: 2 } }, [text('so ', 'it ', 'is')], usage(40, 2)),
      refuse({ category: 'a_new_one' }, [], usage(50, 0)),
      reply([text('lost')], { ...usage(60, 6), faults: { truncateBeforeStop: true } }),
      reply('Two.', usage(70, 7)),
    ])
    for (const message of ['a', 'b', 'c', 'd', 'e', 'f']) await chat.sendMessage(message)
    const charges = addUsage(counted(260, 19), { ...noUsage, cacheReadTokens: 5, cacheWriteTokens: 3 })
    // `message_start` counts one output token, and no later count lowers it.
    expect(chat.ledger).toEqual({
      [main]: {
        requests: 7,
        answered: { inputTokens: 80, outputTokens: 9, cacheReadTokens: 5, cacheWriteTokens: 3 },
        refused: counted(70, 3),
        notBilled: counted(20, 1),
        unknown: { ...counted(110, 7), estimated: true },
        charges: [{ terms: { serviceTier: 'standard' }, usage: { ...charges, estimated: true } }],
      },
    })
    expect(chat.usage).toEqual({
      ...addUsage(counted(280, 20), { ...noUsage, cacheReadTokens: 5, cacheWriteTokens: 3 }),
      estimated: true,
    })
    expect(chat.cost).toBeNull()
    await goesOn(chat)
  })

  it('counts a turn with tools per request, and its outcome as the sum', async () => {
    const { weather } = weatherTool()
    const { chat, goesOn } = await conversing(
      [reply([toolUse('weather', { city: 'Rome' })], usage(10, 5)), reply('Sunny.', usage(30, 3))],
      { tools: [weather] },
    )
    const outcome = await chat.sendMessage('Rome?')
    expect(outcome.usage).toEqual(counted(40, 8))
    expect(outcome.attempts.map(({ usage: spent }) => spent)).toEqual([counted(10, 5), counted(30, 3)])
    await goesOn(chat)
  })

  it('counts each model of a fallback, and its outcome as the sum', async () => {
    const { chat, goesOn } = await conversing(
      [refuse({ category: 'bio' }, [], usage(10, 0)), httpError(529), reply('So.', usage(12, 1))],
      { onRefusal: { fallback: [{ model: second }] } },
    )
    const outcome = await chat.sendMessage('How?')
    expect(outcome.usage).toEqual(counted(22, 2))
    expect(chat.ledger).toMatchObject({
      [main]: { requests: 1, refused: counted(10, 1) },
      [second]: { requests: 2, answered: counted(12, 1) },
    })
    await goesOn(chat)
  })

  it('counts compactions although the totals of their replies omit them', async () => {
    const { chat, goesOn } = await conversing([reply('One.', usage(10, 1)), compact('They said one.', usage(100, 20))])
    await chat.sendMessage('a')
    expect((await chat.compact()).usage).toEqual(counted(100, 20))
    expect(chat.ledger[main]).toMatchObject({ requests: 2, answered: counted(110, 21) })
    await goesOn(chat)
  })

  it('counts a stopped reply with the usage reported so far', async () => {
    const { chat, goesOn } = await conversing([
      reply([text('one ', 'two ', 'three')], { ...usage(25, 3), faults: { stallAfterDeltas: 2 } }),
    ])
    const turn = chat.sendMessage('a')
    for await (const event of turn) if (event.type === 'delta' && event.seq === 1) break
    chat.stop()
    expect((await turn).usage).toMatchObject({ inputTokens: 25, estimated: true })
    expect(chat.ledger[main]?.answered).toMatchObject({ inputTokens: 25, estimated: true })
    await goesOn(chat)
  })
})
