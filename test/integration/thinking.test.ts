import { afterEach, describe, expect, it } from 'vitest'
import { httpError, refusalTestString, refuse, reply, text, thinking, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

/** Makes the simulator think before each of its replies and sign the thinking for its place. */
const request = { thinking: { type: 'adaptive', display: 'summarized' } } as const

const start = async (options: Parameters<typeof conversing>[1] = {}, steps: Parameters<typeof conversing>[0] = []) => {
  const world = await conversing(steps, { request, ...options })
  const { chat, sent } = world
  return {
    ...world,
    /** The thinking blocks of the last request. */
    thoughts: () => sent(-1, 'thinking').length,
    say: async (...messages: readonly string[]) => {
      for (const message of messages) expect((await chat.sendMessage(message)).status).toBe('completed')
    },
  }
}

describe('thinking that is bound to the preceding messages is accepted', () => {
  it('turn after turn', async () => {
    const { chat, say, thoughts, goesOn } = await start()
    await say('a', 'b', 'c')
    expect(thoughts()).toBe(2)
    await goesOn(chat)
    expect([thoughts(), chat.leftOut]).toEqual([3, []])
  })

  it('when a malformed block between is not sent', async () => {
    const unread = {
      type: 'raw' as const,
      block: { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} },
      deltas: [{ type: 'delta_of_tomorrow', said: 'x' }],
    }
    const { chat, next, say, thoughts, goesOn } = await start()
    next(reply([thinking('One.'), unread, thinking('Two.'), text('So.')], { stopReason: 'end_turn' }))
    await say('a', 'b')
    expect([thoughts(), chat.leftOut]).toMatchObject([1, [{ what: 'thinking' }]])
    await goesOn(chat)
  })

  it('after turns with tools', async () => {
    const { weather } = weatherTool()
    const { chat, next, say, thoughts, goesOn } = await start({ tools: [weather] })
    await say('a')
    next(
      reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]),
      reply([thinking('And?'), text('Sunny.'), toolUse('weather', { city: 'Oslo' })]),
      reply([thinking('Both.'), text('Both.')]),
    )
    await say('b', 'c')
    expect(thoughts()).toBe(4)
    await goesOn(chat)
    expect(thoughts()).toBe(5)
  })

  it('after turns with system messages: with tools, retried and refused', async () => {
    const { weather } = weatherTool()
    const { chat, next, say, thoughts, sent, body, goesOn } = await start({ tools: [weather] })
    await say('a')
    const told = { system: 'Be brief.' }
    next(reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]), reply([thinking('Sunny.'), text('Sunny.')]))
    expect((await chat.sendMessage('b', told)).status).toBe('completed')
    await say('c')
    expect((await chat.sendMessage(`${refusalTestString} d`, { system: 'Be kind.' })).status).toBe('refused')
    expect((await chat.sendMessage('e', told)).status).toBe('completed')
    expect((await chat.regenerate()).status).toBe('completed')
    await goesOn(chat, 'Be kind.')
    expect([thoughts(), chat.leftOut]).toEqual([5, []])
    expect(body(-1).messages.filter(({ role }) => role === 'system')).toHaveLength(2)
    expect(sent(-1, 'tool_use')).toHaveLength(1)
  })

  it('after a system message without a reply, which is sent as user text from then on', async () => {
    const { chat, next, say, thoughts, body, goesOn } = await start()
    await say('a')
    next(reply([thinking('Hm.')]))
    expect((await chat.sendMessage('b', { system: 'Be brief.' })).status).toBe('completed')
    await say('c')
    await goesOn(chat)
    expect([thoughts(), chat.leftOut.map(({ what }) => what)]).toEqual([2, ['thinking', 'reply', 'system']])
    expect(body(-1).messages.map(({ role }) => role)).not.toContain('system')
  })

  it('after one refused turn was dropped, and after several were', async () => {
    const { chat, say, thoughts, goesOn } = await start()
    await say('a', 'b')
    const bad = ['one', 'two', 'three'].map((nth) => `${refusalTestString} ${nth}`)
    const policies = []
    for (const message of [bad[0], 'c', bad[1], bad[2]])
      policies.push((await chat.sendMessage(message ?? '')).refusal?.policy)
    expect(policies).toEqual(['drop-turn', undefined, 'drop-turn', { rewind: 1 }])
    await goesOn(chat, ...bad)
    expect([thoughts(), chat.leftOut]).toEqual([2, []])
  })

  it('after a reply refused during its thinking, and one refused in a tool loop', async () => {
    const { weather } = weatherTool()
    const { chat, next, say, thoughts, goesOn } = await start({ tools: [weather] })
    await say('a')
    next(refuse({ at: { afterDeltas: 1 }, openBlock: true }, [thinking('Let me ', 'think')]))
    expect((await chat.sendMessage('b')).status).toBe('refused')
    next(reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]), refuse({ at: 'after' }, [thinking('No.')]))
    expect((await chat.sendMessage('c')).refusal?.policy).toEqual({ rewind: 1 })
    await goesOn(chat, 'Let me ', 'Where?', 'No.')
    expect(thoughts()).toBe(0)
  })

  it('on both branches after regenerate()', async () => {
    const { chat, say, thoughts, goesOn } = await start()
    await say('a', 'b')
    const first = chat.messages.at(-1)?.turnId ?? ''
    expect((await chat.regenerate()).status).toBe('completed')
    expect(thoughts()).toBe(1)
    await say('c')
    expect(thoughts()).toBe(2)
    chat.switchTo(first)
    await goesOn(chat)
    expect([thoughts(), chat.leftOut]).toEqual([2, []])
  })

  it('after editMessage() of a middle turn and of the first', async () => {
    const { chat, say, thoughts, goesOn, asked } = await start()
    await say('a', 'b', 'c')
    const [a, , b] = chat.messages
    expect((await chat.editMessage(b?.turnId ?? '', 'b, but better')).status).toBe('completed')
    expect(thoughts()).toBe(1)
    await say('c again')
    expect((await chat.editMessage(a?.turnId ?? '', 'another a')).status).toBe('completed')
    expect(thoughts()).toBe(0)
    await goesOn(chat)
    expect([thoughts(), asked(-1).length]).toEqual([1, 3])
  })

  it('in a fork of the last or an earlier turn, while the original continues', async () => {
    const { chat, say, thoughts, goesOn, follow } = await start()
    await say('a', 'b')
    const whole = follow(chat.fork())
    const half = follow(chat.fork(chat.messages[0]?.turnId))
    await goesOn(whole)
    expect([thoughts(), whole.leftOut]).toEqual([2, []])
    await goesOn(half)
    expect([thoughts(), half.leftOut]).toEqual([1, []])
    await goesOn(chat)
    expect(thoughts()).toBe(2)
  })

  it('after a turn stopped in its thinking, and one stopped in its text', async () => {
    const { chat, next, say, thoughts, goesOn } = await start()
    await say('a')
    for (const [content, deltas] of [
      [[thinking('Let me ', 'think ', 'about it')], 2],
      [[thinking('Done.'), text('Well, ', 'it is ', 'so')], 4],
    ] as const) {
      next(reply(content, { faults: { stallAfterDeltas: deltas } }))
      const turn = chat.sendMessage('and?')
      for await (const event of turn) if (event.type === 'delta' && event.kind === content.at(-1)?.type) break
      chat.stop()
      expect((await turn).status).toBe('stopped')
    }
    await goesOn(chat)
    expect(thoughts()).toBe(2)
  })

  it('after a failed attempt was retried', async () => {
    const { chat, next, say, thoughts, goesOn } = await start()
    await say('a')
    next(reply([thinking('Hm.'), text('one ', 'two')], { faults: { truncateAfterDeltas: 3 } }))
    await say('b')
    await goesOn(chat)
    expect(thoughts()).toBe(2)
  })
})

describe('thinking that is bound to other messages is omitted, and the omission is reported', () => {
  it.each([
    ['setSystem()', (chat: { setSystem(system: string): void }) => chat.setSystem('Be brief.')],
    ['setTools()', (chat: { setTools(tools: readonly never[]): void }) => chat.setTools([])],
  ])('after %s', async (_, change) => {
    const { weather } = weatherTool()
    const { chat, say, thoughts, goesOn } = await start({ tools: [weather], request: { ...request, system: 'Be.' } })
    await say('a', 'b')
    change(chat)
    expect(chat.leftOut).toMatchObject([{ what: 'thinking' }, { what: 'thinking' }])
    await say('c')
    expect(thoughts()).toBe(0)
    await goesOn(chat)
    expect(thoughts()).toBe(1)
  })

  it('after setSystem() on a turn cut after its tool calls, together with the calls', async () => {
    const { weather } = weatherTool()
    const options = { tools: [weather], maxSteps: 1, request: { ...request, system: 'Be.' } }
    const { chat, next, sim, goesOn } = await start(options)
    next(reply([text('I look.'), thinking('Where?'), toolUse('weather', { city: 'Rome' })]))
    expect((await chat.sendMessage('a')).error?.code).toBe('max-steps-reached')
    chat.setSystem('Be brief.')
    const before = sim.requests.length
    await goesOn(chat, 'Where?')
    expect(sim.requests.slice(before).map(({ status }) => status)).toEqual([200])
  })

  it('after setModel(), and after the return to the first model', async () => {
    const { chat, say, thoughts, goesOn } = await start()
    await say('a')
    chat.setModel('claude-fable-5-1')
    expect(chat.leftOut).toHaveLength(1)
    await say('b')
    expect(thoughts()).toBe(0)
    chat.setModel('claude-opus-5-5')
    await say('c')
    expect(thoughts()).toBe(0)
    await goesOn(chat)
    expect(thoughts()).toBe(1)
  })

  it('after setSystem() and its reversal, although it could have stayed', async () => {
    const { chat, say, goesOn } = await start({ request: { ...request, system: 'Be.' } })
    await say('a')
    chat.setSystem('Be brief.')
    await say('b')
    chat.setSystem('Be.')
    await goesOn(chat)
  })

  it('in a fork with a changed system prompt, but not in the original', async () => {
    const { chat, say, thoughts, goesOn, follow } = await start()
    await say('a')
    const fork = follow(chat.fork())
    fork.setSystem('Be brief.')
    await goesOn(fork)
    expect(thoughts()).toBe(0)
    await goesOn(chat)
    expect([thoughts(), chat.leftOut]).toEqual([1, []])
  })
})

describe('a request whose thinking the API rejects', () => {
  const invalid = httpError(400, {
    message:
      'messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a different conversation: the messages before it, the system prompt or the tools are not those that it was created after.',
  })

  it('is sent once more without thinking, which is reported and recorded', async () => {
    const { chat, sim, next, sent, say, thoughts, goesOn } = await start()
    await say('a', 'b')
    next(invalid)
    const told: string[] = []
    chat.on('thinking.stripped', ({ turnId }) => told.push(turnId))
    const outcome = await chat.sendMessage('c')
    expect(outcome).toMatchObject({ status: 'completed' })
    expect(told).toEqual([outcome.turnId])
    expect(sim.requests).toHaveLength(4)
    expect([sent(2, 'thinking').length, sent(3, 'thinking').length]).toEqual([2, 0])
    expect(Object.keys(chat.actor.getSnapshot().context.view.strippedThinking)).toContain(outcome.turnId)
    await goesOn(chat)
    expect(thoughts()).toBe(1)
  })

  it('is repaired otherwise when it is rejected without thinking too, and the removal is reported once', async () => {
    const { chat, sim, next, say, goesOn } = await start()
    await say('a')
    next(invalid, invalid)
    const told: string[] = []
    chat.on('*', ({ type }) => /stripped|setAside|repaired/.test(type) && told.push(type))
    expect((await chat.sendMessage('b')).status).toBe('completed')
    expect([sim.requests.length, told]).toEqual([4, ['thinking.stripped', 'request.repaired']])
    await goesOn(chat)
  })

  it('is sent again without the earlier thinking in the middle of a tool loop', async () => {
    const { weather, cities } = weatherTool()
    const { chat, sim, next, say, goesOn } = await start({ tools: [weather] })
    await say('a')
    next(reply([thinking('Where?'), toolUse('weather', { city: 'Rome' })]), invalid)
    const outcome = await chat.sendMessage('b')
    expect([outcome.status, outcome.error?.message]).toEqual(['completed', undefined])
    expect([sim.requests.length, cities]).toEqual([4, ['Rome']])
    await goesOn(chat)
  })
})
