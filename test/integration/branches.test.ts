import { afterEach, describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { httpError, refuse, reply, type ScriptStep, text, toolUse } from '../../src/testing/index.ts'
import { conversing, endAll } from './simulated.ts'
import { weatherTool } from './weather.ts'

afterEach(endAll)

/** A conversation with these turns, and their ids. */
const talk = async (steps: readonly ScriptStep[], messages: readonly string[], options = {}) => {
  const world = await conversing(steps, options)
  const ids: string[] = []
  for (const message of messages) ids.push((await world.chat.sendMessage(message)).turnId)
  const at = (index: number) => ids[index] ?? ''
  return { ...world, at }
}

const throwing = (code: string) => expect.objectContaining({ code })

const two = [reply('One.'), reply('Two.')]

describe('regenerate()', () => {
  it('sends the last input again on a new branch, and switchTo() reaches both', async () => {
    const { chat, next, at, asked, goesOn } = await talk(two, ['a', 'b'])
    next(reply('Another two.'))
    const again = await chat.regenerate()
    expect(again.text).toBe('Another two.')
    expect(asked(-1)).toEqual(['a', 'One.', 'b'])
    expect(chat.branches(at(1))).toMatchObject([
      { turnId: at(1), current: false },
      { turnId: again.turnId, current: true },
    ])
    chat.switchTo(at(1))
    expect(chat.history).toMatchObject([{ content: 'a' }, {}, { content: 'b' }, { content: [{ text: 'Two.' }] }])
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
    chat.switchTo(again.turnId)
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Another two.', 'And now?'])
  })

  it('leaves the turns after an earlier turn on their own branch', async () => {
    const { chat, next, at, asked, goesOn } = await talk(two, ['a', 'b'])
    next(reply('Another one.'))
    await chat.regenerate(at(0))
    expect(asked(-1)).toEqual(['a'])
    expect(chat.branches(at(0))[0]).toMatchObject({ tip: at(1) })
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a', 'Another one.', 'And now?'])
    chat.switchTo(chat.branches(at(0))[0]?.tip ?? '')
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
  })

  it.each([
    ['is refused', refuse({ at: { afterDeltas: 1 } }, [text('bad ', 'words')])],
    ['fails', httpError(403)],
  ])('leaves the conversation unchanged when it %s', async (_, step) => {
    const { chat, next, asked, goesOn } = await talk(two, ['a', 'b'])
    const { history } = chat
    next(step)
    expect((await chat.regenerate()).status).not.toBe('completed')
    expect(chat.history).toEqual(history)
    await goesOn(chat, 'bad ')
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
  })

  it('accepts a fallback’s answer as the new branch', async () => {
    const { chat, next, asked, at, goesOn } = await talk(two, ['a', 'b'], {
      onRefusal: { fallback: [{ model: 'claude-opus-5' }] },
    })
    next(refuse(), reply('Another one.'))
    expect(await chat.regenerate(at(0))).toMatchObject({ status: 'completed', model: 'claude-opus-5' })
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a', 'Another one.', 'And now?'])
  })

  it('runs the tools of its turn again', async () => {
    const { weather, cities } = weatherTool()
    const call = reply([toolUse('weather', { city: 'Rome' }, 'toolu_1')])
    const { chat, next, sent, goesOn } = await talk([call, reply('Sunny.')], ['Rome?'], { tools: [weather] })
    next(call, reply('Sunny still.'))
    expect((await chat.regenerate()).text).toBe('Sunny still.')
    expect(cities).toEqual(['Rome', 'Rome'])
    await goesOn(chat)
    expect(sent(-1, 'tool_use')).toHaveLength(1)
  })
})

describe('editMessage()', () => {
  it('replaces the message of a turn', async () => {
    const { chat, next, at, asked, goesOn } = await talk(two, ['a', 'b'])
    next(reply('Better.'))
    expect((await chat.editMessage(at(0), 'a, but better')).text).toBe('Better.')
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a, but better', 'Better.', 'And now?'])
  })

  it('replaces a refused turn on top of the current history and sends none of its text', async () => {
    const { chat, next, at, asked, goesOn } = await talk([...two, refuse()], ['a', 'b', 'a bad thing'])
    next(reply('Fine.'))
    expect((await chat.editMessage(at(2), 'a good thing')).status).toBe('completed')
    await goesOn(chat, 'a bad thing')
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'a good thing', 'Fine.', 'And now?'])
  })

  it('replaces a withdrawn turn on top of the remaining history', async () => {
    const { chat, next, at, asked, goesOn } = await talk([...two, refuse()], ['a', 'b', 'a bad thing'], {
      onRefusal: { rewind: 1 },
    })
    next(reply('Fine.'))
    await chat.editMessage(at(1), 'b, but better')
    await goesOn(chat, 'a bad thing')
    expect(asked(-1)).toEqual(['a', 'One.', 'b, but better', 'Fine.', 'And now?'])
  })
})

describe('a refused turn', () => {
  it('can never be switched to, with or without force', async () => {
    const { chat, at, goesOn } = await talk([...two, refuse()], ['a', 'b', 'a bad thing'])
    for (const force of [false, true]) {
      expect(() => chat.regenerate(at(2), { force })).toThrow(throwing('turn-quarantined'))
      expect(() => void chat.switchTo(at(2), { force })).toThrow(throwing('turn-quarantined'))
      expect(() => chat.fork(at(2), { force })).toThrow(throwing('turn-quarantined'))
    }
    expect(chat.branches(at(2))).toMatchObject([{ status: 'refused', obstacle: 'turn-quarantined', tip: null }])
    await goesOn(chat, 'a bad thing')
  })

  it('withdraws earlier turns that only force can switch to', async () => {
    const { chat, next, at, asked, follow, goesOn } = await talk([...two, refuse()], ['a', 'b', 'a bad thing'], {
      onRefusal: 'clear',
    })
    expect(chat.history).toEqual([])
    expect(() => void chat.switchTo(at(1))).toThrow(throwing('turn-withdrawn'))
    expect(() => chat.regenerate(at(1))).toThrow(throwing('turn-withdrawn'))
    expect(() => chat.fork(at(1))).toThrow(throwing('turn-withdrawn'))
    const fork = follow(chat.fork(at(1), { force: true }))
    await goesOn(fork, 'a bad thing')
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
    next(reply('Another two.'))
    await chat.regenerate(at(1), { force: true })
    expect(asked(-1)).toEqual(['a', 'One.', 'b'])
    chat.switchTo(at(1), { force: true })
    await goesOn(chat, 'a bad thing')
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
  })

  it('is reset again when its withdrawn turns are restored by force and refused a second time', async () => {
    const { chat, next, at, asked, goesOn } = await talk([...two, refuse()], ['a', 'b', 'a bad thing'], {
      onRefusal: 'clear',
    })
    chat.switchTo(at(1), { force: true })
    next(refuse())
    expect(await chat.sendMessage('as bad')).toMatchObject({ status: 'refused', reset: { head: null } })
    await goesOn(chat, 'a bad thing', 'as bad')
    expect(asked(-1)).toEqual(['And now?'])
  })
})

describe('turns that switchTo() cannot reach', () => {
  it('are reported with different codes: unknown or not kept', async () => {
    const { chat, at, goesOn } = await talk([reply('One.'), httpError(403)], ['a', 'b'])
    expect(() => void chat.switchTo('nobody')).toThrow(throwing('turn-unknown'))
    expect(() => chat.regenerate('nobody')).toThrow(throwing('turn-unknown'))
    expect(() => chat.branches('nobody')).toThrow(throwing('turn-unknown'))
    expect(() => void chat.switchTo(at(1))).toThrow(throwing('turn-not-kept'))
    expect(() => chat.fork(at(1))).toThrow(throwing('turn-not-kept'))
    expect((await chat.regenerate(at(1))).status).toBe('completed')
    await goesOn(chat)
  })

  it('include every turn while another turn is under way', async () => {
    const { chat, next, at, goesOn } = await talk(two, ['a', 'b'])
    next(reply('slow', { faults: { headersDelay: 5 } }))
    const turn = chat.sendMessage('c')
    expect(() => void chat.switchTo(at(0))).toThrow(throwing('conversation-busy'))
    expect(() => chat.regenerate()).toThrow(throwing('conversation-busy'))
    expect(() => chat.editMessage(at(0), 'x')).toThrow(throwing('conversation-busy'))
    await turn
    await goesOn(chat)
  })
})

describe('a fork', () => {
  it('is independent, with the model and the system prompt of the original', async () => {
    const { chat, at, asked, sim, follow, goesOn } = await talk(two, ['a', 'b'], { request: { system: 'Be.' } })
    chat.setModel('claude-opus-5')
    const fork = follow(chat.fork(at(0)))
    expect(fork.id).not.toBe(chat.id)
    await goesOn(fork)
    expect(asked(-1)).toEqual(['a', 'One.', 'And now?'])
    expect(sim.requests.at(-1)).toMatchObject({ model: 'claude-opus-5', body: { system: 'Be.' } })
    await goesOn(chat)
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
  })

  it('handles its refusals independently of the original', async () => {
    const { chat, next, follow, asked, goesOn } = await talk(two, ['a', 'b'])
    const fork = follow(chat.fork())
    next(refuse())
    expect((await fork.sendMessage('a bad thing')).status).toBe('refused')
    expect([fork.refusals.length, chat.refusals]).toEqual([1, []])
    await goesOn(chat, 'a bad thing')
    await goesOn(fork, 'a bad thing')
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
  })

  it('keeps the fallback model of its conversation', async () => {
    const { chat, follow, sim, goesOn } = await talk([refuse(), reply('Like so.')], ['How?'], {
      onRefusal: { fallback: [{ model: 'claude-opus-5' }] },
    })
    const fork = follow(chat.fork())
    await goesOn(fork)
    expect(sim.requests.at(-1)?.model).toBe('claude-opus-5')
    await goesOn(chat)
  })
})

describe('a fork made during a reply', () => {
  it('begins at the current head and disturbs nothing', async () => {
    const { chat, next, sim, follow, asked, goesOn } = await talk(two, ['a', 'b'])
    next(reply('Three.', { faults: { headersDelay: 20 } }))
    const turn = chat.sendMessage('c')
    await sim.waitForRequest(3)
    const fork = follow(chat.fork())
    await goesOn(fork)
    expect(asked(-1)).toEqual(['a', 'One.', 'b', 'Two.', 'And now?'])
    expect((await turn).text).toBe('Three.')
    await goesOn(chat)
  })
})

describe('a seeded history', () => {
  const messages = [
    { role: 'user', content: 'a' },
    { role: 'assistant', content: 'One.' },
    { role: 'user', content: 'b' },
    { role: 'assistant', content: 'Two.' },
  ] as const

  it('can be branched like any other history', async () => {
    const { chat, asked, next, goesOn } = await talk([], [], { messages })
    next(reply('Another two.'))
    expect((await chat.regenerate()).text).toBe('Another two.')
    expect(asked(-1)).toEqual(['a', 'One.', 'b'])
    next(reply('Another one.'))
    await chat.editMessage(chat.messages[0]?.turnId ?? '', 'another a')
    expect(asked(-1)).toEqual(['another a'])
    await goesOn(chat)
  })
})

describe('a message that was refused before', () => {
  const said = (chat: Conversation) => {
    const told: unknown[] = []
    chat.on('input.refusedBefore', ({ refusedTurnId }) => told.push(refusedTurnId))
    return told
  }

  it('is sent with a warning by default', async () => {
    const { chat, at, asked, goesOn } = await talk([refuse()], ['a strange thing'])
    const told = said(chat)
    expect((await chat.sendMessage('  a strange thing ')).status).toBe('completed')
    expect(told).toEqual([at(0)])
    expect(asked(-1)).toEqual(['  a strange thing '])
    await goesOn(chat)
  })

  it('is sent without a warning under "allow"', async () => {
    const { chat, goesOn } = await talk([refuse()], ['a strange thing'], { resendRefused: 'allow' })
    const told = said(chat)
    expect((await chat.sendMessage('a strange thing')).status).toBe('completed')
    expect(told).toEqual([])
    await goesOn(chat)
  })

  it('is not sent under "block", in the conversation or a fork, by any method', async () => {
    const { chat, sim, follow, at, goesOn } = await talk([reply('One.'), refuse()], ['a', 'a bad thing'], {
      resendRefused: 'block',
    })
    const fork = follow(chat.fork())
    for (const conversation of [chat, fork]) {
      const blocked = throwing('input-refused-before')
      expect(() => conversation.sendMessage('a bad thing')).toThrow(blocked)
      expect(() => conversation.sendMessage([{ type: 'text', text: 'a bad thing' }])).toThrow(blocked)
      expect(() => conversation.editMessage(at(0), 'a bad thing')).toThrow(blocked)
    }
    expect(sim.requests).toHaveLength(2)
    await goesOn(chat, 'a bad thing')
    await goesOn(fork, 'a bad thing')
  })

  it('is not sent under "block" when it was queued before its refusal, and later messages are', async () => {
    const { chat, sim, goesOn } = await talk([refuse(), reply('Fine.')], [], {
      resendRefused: 'block',
      whenBusy: 'queue',
    })
    const told: unknown[] = []
    chat.on('input.withdrawn', ({ turnId, refusedTurnId }) => told.push([turnId, refusedTurnId]))
    chat.on('turn.failed', ({ turnId }) => told.push(turnId))
    const [first, same, other] = ['a bad thing', ' a bad thing', 'a good thing'].map((words) => chat.sendMessage(words))
    await first
    chat.releaseQueue()
    expect((await same)?.error).toMatchObject({ code: 'input-refused-before', details: { turnId: first?.id } })
    expect((await other)?.status).toBe('completed')
    expect(told).toEqual([[same?.id, first?.id], same?.id])
    expect([chat.queue, sim.requests.length]).toEqual([[], 2])
    await goesOn(chat, 'a bad thing')
  })

  it('warns when it leaves the queue, whether it was refused before or meanwhile', async () => {
    const { chat, next, at, goesOn } = await talk([refuse()], ['a strange thing'], { whenBusy: 'queue' })
    next(refuse(), reply('Fine.'), reply('Good.'))
    const told: unknown[] = []
    chat.on('input.refusedBefore', ({ turnId, refusedTurnId }) => told.push([turnId, refusedTurnId]))
    const [first, same, old] = ['a bad thing', 'a bad thing', 'a strange thing'].map((words) => chat.sendMessage(words))
    expect((await first)?.status).toBe('refused')
    expect([chat.queue.length, told]).toEqual([2, []])
    chat.releaseQueue()
    const heard: string[] = []
    for await (const { type } of same ?? []) heard.push(type)
    expect(heard).toContain('input.refusedBefore')
    expect((await old)?.status).toBe('completed')
    expect(told).toEqual([
      [same?.id, first?.id],
      [old?.id, at(0)],
    ])
    await goesOn(chat, 'nothing of it')
  })

  it('warns in a fork, with the turn in which it was refused', async () => {
    const { chat, follow, at, goesOn } = await talk([refuse()], ['a strange thing'])
    const fork = follow(chat.fork())
    const told = said(fork)
    expect((await fork.sendMessage('a strange thing')).status).toBe('completed')
    expect(told).toEqual([at(0)])
    await goesOn(chat, 'nothing of it')
  })
})
