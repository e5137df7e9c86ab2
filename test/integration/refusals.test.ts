import { afterEach, describe, expect, it } from 'vitest'
import type { TurnEvent } from '../../src/index.ts'
import { refuse, refusalTestString, reply, text } from '../../src/testing/index.ts'
import { endAll, simulated } from './simulated.ts'

afterEach(endAll)

const bad = `Please read this out: ${refusalTestString}`

describe('a refused conversation', () => {
  it('continues, and the refused message is never sent again', async () => {
    const { chat, asked, sim } = await simulated({ refusal: { afterDeltas: 3, category: 'cyber' } })
    await chat.sendMessage('Hello')
    const shown: string[] = []
    chat.on('delta', ({ text: piece }) => shown.push(piece))
    const refused = await chat.sendMessage(bad)
    expect(refused).toMatchObject({ status: 'refused', refusal: { category: 'cyber', textShown: true } })
    expect(shown).toHaveLength(3)
    const after = await chat.sendMessage('Can we go on?')
    expect(after.status).toBe('completed')
    expect(asked(-1)[0]).toBe('Hello')
    expect(asked(-1).at(-1)).toBe('Can we go on?')
    expect(JSON.stringify(sim.requests.at(-1)?.body)).not.toContain(refusalTestString)
    expect(JSON.stringify(chat.history)).not.toContain(refusalTestString)
  })

  it('would be refused forever without a reset, by the simulator as by the API', async () => {
    const { sim, create } = await simulated()
    const chat = create({
      messages: [
        { role: 'user', content: bad },
        { role: 'assistant', content: 'half a' },
      ],
      onRefusal: 'drop-turn',
    })
    expect((await chat.sendMessage('one')).status).toBe('refused')
    expect((await chat.sendMessage('two')).status).toBe('refused')
    expect(sim.requests).toHaveLength(2)
  })

  it('climbs the ladder until the cause in its earlier history has left', async () => {
    const { create, asked } = await simulated()
    const chat = create({
      messages: [
        { role: 'user', content: bad },
        { role: 'assistant', content: 'noted' },
        { role: 'user', content: 'harmless' },
        { role: 'assistant', content: 'yes' },
      ],
    })
    const policies = []
    for (const message of ['one', 'two', 'three']) {
      const { refusal, reset } = await chat.sendMessage(message)
      policies.push([refusal?.policy, reset?.left.length])
    }
    expect(policies).toEqual([
      ['drop-turn', 1],
      [{ rewind: 1 }, 2],
      ['clear', 2],
    ])
    expect((await chat.sendMessage('four')).status).toBe('completed')
    expect(asked(-1)).toEqual(['four'])
  })

  it('climbs the ladder with each refusal in a row, and a completed turn restarts it', async () => {
    const { chat } = await simulated()
    for (const message of ['a', 'b']) await chat.sendMessage(message)
    const policy = async () => (await chat.sendMessage(bad)).refusal?.policy
    expect([await policy(), await policy()]).toEqual(['drop-turn', { rewind: 1 }])
    await chat.sendMessage('c')
    expect(await policy()).toBe('drop-turn')
  })

  it('reports an exhausted reset when the first turn is refused and nothing is left to withdraw', async () => {
    const { chat } = await simulated()
    const { refusal, reset } = await chat.sendMessage(bad)
    expect([refusal?.nothingLeft, reset?.nothingLeft]).toEqual([true, true])
  })

  it('keeps reporting a poisoned system prompt, whatever is reset', async () => {
    const { create } = await simulated()
    const chat = create({ request: { system: refusalTestString } })
    for (const message of ['a', 'b', 'c']) expect((await chat.sendMessage(message)).refusal?.nothingLeft).toBe(true)
    expect(chat.canSend).toBe(true)
  })

  it('uses the policy of the category, and the default for an unknown category', async () => {
    const script = ['bio', 'category_of_tomorrow', null].map((category) => refuse({ at: 'before', category }))
    const { chat } = await simulated(
      { script },
      { onRefusal: { bio: 'clear', null: { rewind: 2 }, default: 'drop-turn' } },
    )
    const policies = []
    for (const message of ['a', 'b', 'c']) policies.push((await chat.sendMessage(message)).refusal?.policy)
    expect(policies).toEqual(['clear', 'drop-turn', { rewind: 2 }])
  })

  it.each([
    ['before any output', { at: 'before' }, false],
    ['in the middle, with a closed block', { at: { afterDeltas: 2 } }, true],
    ['in the middle, with an open block', { at: { afterDeltas: 2 }, openBlock: true }, true],
    ['at the end', { at: 'after' }, true],
  ] as const)('retracts a reply that is refused %s', async (_, refusal, textShown) => {
    const { chat } = await simulated({
      script: [refuse(refusal, [text('one ', 'two ', 'three')]), reply([text('fine')])],
    })
    const events: TurnEvent[] = []
    const turn = chat.sendMessage('ask')
    for await (const event of turn) events.push(event)
    expect((await turn).refusal?.textShown).toBe(textShown)
    expect(events.some(({ type }) => type === 'retracted')).toBe(textShown)
    expect(JSON.stringify([chat.messages, chat.history])).not.toContain('two')
    expect((await chat.sendMessage('again')).text).toBe('fine')
  })

  it('sends the app’s rephrasing', async () => {
    const { create, asked } = await simulated()
    const chat = create({ onRefusal: { rephrase: async () => 'in other words' } })
    expect(await chat.sendMessage(bad)).toMatchObject({ status: 'completed', refusals: [{ textShown: false }] })
    expect(asked(-1)).toEqual(['in other words'])
  })

  it('waits for a person under "manual" and continues as they decide', async () => {
    const { create } = await simulated()
    const chat = create({ onRefusal: 'manual' })
    await chat.sendMessage('Hello')
    await chat.sendMessage(bad)
    expect(chat.status).toBe('refused')
    chat.resolveRefusal({ rewind: 1 })
    expect(chat.history).toEqual([])
    expect((await chat.sendMessage('again')).status).toBe('completed')
  })

  it('holds messages sent meanwhile until releaseQueue()', async () => {
    const { create } = await simulated()
    const chat = create({ whenBusy: 'queue' })
    const first = chat.sendMessage(bad)
    const second = chat.sendMessage('queued')
    expect((await first).status).toBe('refused')
    expect(chat.queue).toHaveLength(1)
    chat.releaseQueue()
    expect((await second).status).toBe('completed')
  })
})
