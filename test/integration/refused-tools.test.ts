import { afterEach, describe, expect, it } from 'vitest'
import { refusalTestString, refuse, reply, text, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

describe('a refusal in a tool loop', () => {
  it('withdraws the results of its tools, and no tool runs again', async () => {
    const { weather, cities } = weatherTool(() => 'frogs rain')
    const { chat, goesOn } = await conversing(
      [
        reply([text('I look it up.'), toolUse('weather', { city: 'Rome' })]),
        refuse({ at: { afterDeltas: 2 }, category: 'bio' }, [text('The ', 'frogs ', 'are')]),
      ],
      { tools: [weather] },
    )
    const outcome = await chat.sendMessage('What of Rome?')
    expect(outcome).toMatchObject({ status: 'refused', text: '', refusal: { category: 'bio', textShown: true } })
    expect(outcome.refusal?.suspects).toMatchObject([{ kind: 'tool-result', name: 'weather' }])
    expect(cities).toEqual(['Rome'])
    expect(chat.history).toEqual([])
    await goesOn(chat, 'What of Rome?', 'I look it up.', 'frogs rain', 'The frogs')
    expect(cities).toEqual(['Rome'])
  })

  it.each([
    ['closed', false],
    ['open', true],
  ])('prevents a call when it arrives during its input, with the block %s', async (_, openBlock) => {
    const { weather, cities } = weatherTool()
    const { chat, goesOn } = await conversing(
      [
        refuse({ at: { afterDeltas: 4 }, openBlock }, [
          text('One ', 'moment.'),
          toolUse('weather', { city: 'Llanfairpwllgwyngyll' }, 'toolu_1'),
        ]),
      ],
      { tools: [weather] },
    )
    expect((await chat.sendMessage('What of that place?')).status).toBe('refused')
    expect(cities).toEqual([])
    expect(JSON.stringify(chat.messages)).not.toContain('moment')
    await goesOn(chat, 'What of that place?', 'toolu_1', 'moment')
  })

  it('prevents a call when it arrives after its input', async () => {
    const { weather, cities } = weatherTool()
    const { chat, goesOn } = await conversing(
      [refuse({ at: 'after' }, [toolUse('weather', { city: 'Rome' }, 'toolu_1')])],
      { tools: [weather] },
    )
    expect((await chat.sendMessage('What of Rome?')).status).toBe('refused')
    expect(cities).toEqual([])
    await goesOn(chat, 'What of Rome?', 'toolu_1')
  })

  it('names the tool whose result has the test string, and the conversation recovers', async () => {
    const { weather, cities } = weatherTool((city) => (city === 'Rome' ? `Rome: ${refusalTestString}` : 'sunny'))
    const { chat, goesOn, next } = await conversing([reply([text('Hello.')])], { tools: [weather] })
    await chat.sendMessage('Hello')
    next(reply([toolUse('weather', { city: 'Oslo' }, 'toolu_1'), toolUse('weather', { city: 'Bern' }, 'toolu_2')]))
    next(reply([toolUse('weather', { city: 'Rome' }, 'toolu_3')]))
    const outcome = await chat.sendMessage('Three cities, please')
    expect(outcome).toMatchObject({ status: 'refused', refusal: { policy: 'drop-turn', nothingLeft: false } })
    expect(outcome.refusal?.suspects).toEqual([
      { kind: 'tool-result', turnId: outcome.turnId, callId: 'toolu_3', name: 'weather' },
    ])
    expect(cities).toEqual(['Oslo', 'Bern', 'Rome'])
    expect(chat.messages.filter(({ status }) => status === 'retracted')).toHaveLength(1)
    await goesOn(chat, refusalTestString, 'Three cities', 'toolu_1', 'toolu_3')
    expect(cities).toHaveLength(3)
  })

  it('by the fallback model drops the turn, and the model is not given the results of its tools', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, goesOn } = await conversing(
      [
        refuse({ at: 'before', category: 'cyber' }),
        reply([toolUse('weather', { city: 'Rome' }, 'toolu_1')]),
        refuse({ at: { afterDeltas: 1 } }, [text('Never ', 'mind.')]),
      ],
      { tools: [weather], onRefusal: { fallback: [{ model: 'claude-opus-5' }] } },
    )
    const outcome = await chat.sendMessage('What of Rome?')
    expect(outcome).toMatchObject({
      status: 'refused',
      refusals: [
        { model: 'claude-opus-5-5', policy: { fallback: 'claude-opus-5' } },
        { model: 'claude-opus-5', policy: 'drop-turn' },
      ],
    })
    expect(outcome.refusal?.suspects).toMatchObject([{ kind: 'tool-result', callId: 'toolu_1' }])
    expect(sim.requests.map(({ model }) => model)).toEqual(['claude-opus-5-5', 'claude-opus-5', 'claude-opus-5'])
    expect(cities).toEqual(['Rome'])
    await goesOn(chat, 'toolu_1', 'Never')
    expect(sim.requests.at(-1)?.text).not.toContain('What of Rome?')
  })

  it('lets the fallback model begin the turn anew, without the calls of the model that refused', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, sent, goesOn } = await conversing(
      [
        reply([text('I look.'), toolUse('weather', { city: 'Rome' }, 'toolu_1')]),
        refuse({ at: 'before' }),
        reply([text('I look too.'), toolUse('weather', { city: 'Rome' }, 'toolu_2')]),
        reply([text('Sunny.')]),
      ],
      { tools: [weather], onRefusal: { fallback: [{ model: 'claude-opus-5' }] } },
    )
    expect(await chat.sendMessage('What of Rome?')).toMatchObject({
      status: 'completed',
      text: 'Sunny.',
      model: 'claude-opus-5',
    })
    expect(sim.requests.map(({ model }) => model)).toEqual([
      'claude-opus-5-5',
      'claude-opus-5-5',
      'claude-opus-5',
      'claude-opus-5',
    ])
    expect(sent(2, 'tool_use')).toEqual([])
    expect(sent(3, 'tool_use')).toMatchObject([{ id: 'toolu_2' }])
    expect(cities).toEqual(['Rome', 'Rome'])
    await goesOn(chat, 'toolu_1', 'I look.')
  })

  it('climbs the ladder when it is repeated, whatever the tools did', async () => {
    const { weather } = weatherTool((city) => `poison of ${city}`)
    const { chat, next, asked, goesOn } = await conversing([reply('one'), reply('two'), reply('three')], {
      tools: [weather],
    })
    for (const message of ['first', 'second', 'third']) await chat.sendMessage(message)
    const policies = []
    for (const message of ['ask a', 'ask b', 'ask c']) {
      next(reply([toolUse('weather', { city: message })]), refuse({ at: { afterDeltas: 1 } }, [text('so ', 'it is')]))
      const { refusal, reset } = await chat.sendMessage(message)
      policies.push([refusal?.policy, reset?.left.map(({ why }) => why)])
    }
    expect(policies).toEqual([
      ['drop-turn', ['refused']],
      [{ rewind: 1 }, ['withdrawn', 'refused']],
      ['clear', ['withdrawn', 'withdrawn', 'refused']],
    ])
    expect(chat.history).toEqual([])
    await goesOn(chat, 'ask a', 'ask b', 'ask c', 'poison of ask a', 'poison of ask b', 'poison of ask c', 'so it')
    expect(asked(-1)).toEqual(['And now?'])
  })
})
