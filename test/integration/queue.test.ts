import { afterEach, describe, expect, it } from 'vitest'
import { httpError, refuse, reply, text, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

const stalled = reply([text('one ', 'two ', 'three')], { faults: { stallAfterDeltas: 2 } })

describe('queued messages', () => {
  it.each([
    ['refused', refuse({ at: { afterDeltas: 1 } }, [text('bad ', 'words')])],
    ['failed', httpError(403)],
  ] as const)('are held after a %s turn until releaseQueue(), whatever completes meanwhile', async (status, step) => {
    const { chat, sim, asked, goesOn } = await conversing([step], { whenBusy: 'queue' })
    const first = chat.sendMessage('first')
    const waiting = [chat.sendMessage('second'), chat.sendMessage('third')]
    expect((await first).status).toBe(status)
    expect(chat.queue.map(({ input }) => input)).toEqual(['second', 'third'])
    for (const message of ['meanwhile', 'and again']) expect((await chat.sendMessage(message)).status).toBe('completed')
    expect([chat.queue.length, sim.requests.length]).toEqual([2, 3])
    chat.releaseQueue()
    for (const turn of waiting) expect((await turn).status).toBe('completed')
    expect([asked(3).at(-1), asked(4).at(-1), chat.queue]).toEqual(['second', 'third', []])
    await goesOn(chat, 'bad ')
  })

  it.each([
    ['completed', reply('done')],
    ['completed after another attempt', httpError(529)],
  ])('are sent in order once the turn before has %s', async (_, step) => {
    const { chat, asked, goesOn } = await conversing([step], { whenBusy: 'queue' })
    const turns = ['first', 'second', 'third'].map((message) => chat.sendMessage(message))
    expect(chat.queue).toHaveLength(2)
    for (const turn of turns) expect((await turn).status).toBe('completed')
    expect(asked(-1).filter((_said, index) => index % 2 === 0)).toEqual(['first', 'second', 'third'])
    await goesOn(chat)
  })

  it('are sent once the turn before was stopped, after its partial reply', async () => {
    const { chat, asked, goesOn } = await conversing([stalled], { whenBusy: 'queue' })
    const first = chat.sendMessage('first')
    const second = chat.sendMessage('second')
    for await (const event of first) if (event.type === 'delta' && event.seq === 1) break
    chat.stop()
    expect([(await first).status, (await second).status]).toEqual(['stopped', 'completed'])
    expect(asked(-1)).toEqual(['first', 'one two ', 'second'])
    await goesOn(chat)
  })

  it('are never sent once they are withdrawn', async () => {
    const { chat, sim, goesOn } = await conversing([stalled], { whenBusy: 'queue' })
    const first = chat.sendMessage('first')
    const abort = new AbortController()
    const withdrawn = chat.sendMessage('second')
    const aborted = chat.sendMessage('third', { signal: abort.signal })
    const asked = chat.sendMessage('fourth')
    await sim.waitForRequest(1)
    chat.withdraw(withdrawn.id)
    expect(() => chat.withdraw(withdrawn.id)).toThrow(expect.objectContaining({ code: 'item-unknown' }))
    abort.abort()
    chat.stop()
    expect(await withdrawn).toMatchObject({ status: 'stopped', error: { code: 'input-withdrawn' } })
    expect(await aborted).toMatchObject({ status: 'stopped', error: { code: 'aborted' } })
    expect([(await first).status, (await asked).status]).toEqual(['stopped', 'completed'])
    await goesOn(chat)
    expect(sim.requests.map(({ text: body }) => /second|third/.test(body))).not.toContain(true)
  })

  it('are sent after the last reply of a turn with tools', async () => {
    const { weather, cities } = weatherTool()
    const { chat, asked, goesOn } = await conversing([reply([toolUse('weather', { city: 'Rome' })]), reply('Sunny.')], {
      whenBusy: 'queue',
      tools: [weather],
    })
    const turns = [chat.sendMessage('Rome?'), chat.sendMessage('Thanks')]
    for (const turn of turns) expect((await turn).status).toBe('completed')
    expect([asked(-1).at(-1), cities]).toEqual(['Thanks', ['Rome']])
    await goesOn(chat)
  })

  it('are held again by each refusal', async () => {
    const { chat, next, goesOn } = await conversing([refuse(), refuse()], { whenBusy: 'queue' })
    const turns = ['first bad', 'second bad', 'third'].map((message) => chat.sendMessage(message))
    expect((await turns[0])?.status).toBe('refused')
    expect(chat.queue).toHaveLength(2)
    chat.releaseQueue()
    expect((await turns[1])?.status).toBe('refused')
    expect(chat.queue).toHaveLength(1)
    next(reply('fine'))
    chat.releaseQueue()
    expect((await turns[2])?.text).toBe('fine')
    await goesOn(chat, 'first bad', 'second bad')
  })

  it('are sent after a refusal that a fallback answered', async () => {
    const { chat, sim, goesOn } = await conversing([refuse(), reply('Like so.')], {
      whenBusy: 'queue',
      onRefusal: { fallback: [{ model: 'claude-opus-5' }] },
    })
    const turns = [chat.sendMessage('How?'), chat.sendMessage('Thanks')]
    expect((await turns[0])?.text).toBe('Like so.')
    expect(chat.queue).toHaveLength(0)
    expect((await turns[1])?.status).toBe('completed')
    expect(sim.requests.at(-1)?.model).toBe('claude-opus-5')
    await goesOn(chat)
  })
})

describe('a message sent during a turn', () => {
  it('is rejected by default, and disturbs nothing', async () => {
    const { chat, sim, goesOn } = await conversing([])
    const first = chat.sendMessage('first')
    expect(() => chat.sendMessage('second')).toThrow(expect.objectContaining({ code: 'conversation-busy' }))
    expect((await first).status).toBe('completed')
    await goesOn(chat)
    expect(sim.requests).toHaveLength(2)
  })

  it('interrupts the turn under "interrupt" and follows its partial reply', async () => {
    const { chat, sim, asked, goesOn } = await conversing([stalled], { whenBusy: 'interrupt' })
    const first = chat.sendMessage('first')
    for await (const event of first) if (event.type === 'delta' && event.seq === 1) break
    const second = chat.sendMessage('second')
    expect([(await first).status, (await second).status]).toEqual(['stopped', 'completed'])
    await sim.requests[0]?.closed
    expect(sim.requests[0]?.aborted).toBe(true)
    expect(asked(1)).toEqual(['first', 'one two ', 'second'])
    await goesOn(chat)
  })

  it('interrupts tools under "interrupt", and their calls get results', async () => {
    const { weather } = weatherTool(() => new Promise(() => {}))
    const { chat, sent, goesOn } = await conversing([reply([toolUse('weather', { city: 'Rome' }, 'toolu_1')])], {
      whenBusy: 'interrupt',
      tools: [weather],
    })
    const started = new Promise<void>((resolve) => void chat.on('toolCall.started', () => resolve()))
    const first = chat.sendMessage('Rome?')
    await started
    const second = chat.sendMessage('Never mind')
    expect([(await first).status, (await second).status]).toEqual(['stopped', 'completed'])
    await goesOn(chat)
    expect(sent(-1, 'tool_use').length).toBe(sent(-1, 'tool_result').length)
  })
})
