import { describe, expect, it } from 'vitest'
import type { Conversation } from '../../src/index.ts'
import { processLimits } from '../../src/inspect/wire/messages.ts'
import { weigh } from '../../src/inspect/wire/weigh.ts'
import { start } from '../conversation/start.ts'
import { chart, ofType, overTheWire, refusedOnce, withoutTexts } from './fixtures.ts'
import { sending, drain, logOf } from './sending.ts'

describe('a sender', () => {
  it('SND1: sends the conversation and its chart at once, and its records in batches every 50 ms', async () => {
    const { clock, sender, sent, ofMessage } = sending()
    const { chat } = start()
    sender.attach(chat)
    expect(sent).toMatchObject([{ type: 'conversation', allowsControl: false }])
    expect(ofMessage('conversation')[0]?.chart).toEqual(overTheWire(chart))
    clock.increment(49)
    expect(sent).toHaveLength(1)
    clock.increment(1)
    expect(sent).toHaveLength(2)
    expect(ofMessage('records')[0]).toMatchObject({
      state: 'idle',
      records: [
        { type: 'observed' },
        { type: 'prompt' },
        { type: 'actor.started', actor: 'conversation' },
        { type: 'actor.started', actor: 'start' },
        { type: 'actor.started', actor: 'journal' },
        { type: 'fact' },
      ],
    })
    clock.increment(10_000)
    expect(sent).toHaveLength(2)
  })

  it('sends records that fold to the view of the conversation, without texts', async () => {
    const { sender, records, sent } = sending()
    const { chat } = await refusedOnce()
    sender.attach(chat)
    sender.flush()
    expect(withoutTexts(logOf(records()).view)).toEqual(withoutTexts(chat.actor.getSnapshot().context.view))
    expect(JSON.stringify(sent.filter(({ type }) => type !== 'conversation'))).not.toMatch(/alpha|bravo/)
  })

  it('sends texts with includeText', async () => {
    const { sender, sent } = sending({ includeText: true })
    const { chat } = await refusedOnce()
    sender.attach(chat)
    sender.flush()
    expect(JSON.stringify(sent)).toContain('alpha question')
  })

  it('gives each conversation of a process its own key, across connections', () => {
    const [one, two] = [sending(), sending()]
    one.sender.attach(start().chat)
    one.sender.attach(start().chat)
    two.sender.attach(start().chat)
    const keys = [...one.ofMessage('conversation'), ...two.ofMessage('conversation')].map(({ key }) => key)
    expect(new Set(keys).size).toBe(3)
  })

  it('SND6: sends waiting records and `gone` when a conversation is detached, and then nothing', async () => {
    const { clock, sender, sent, records } = sending()
    const world = start()
    const detach = sender.attach(world.chat)
    await world.exchange('alpha', 'one')
    detach()
    expect(sent.at(-1)?.type).toBe('gone')
    expect(logOf(records()).view.turns).toHaveLength(1)
    const before = sent.length
    await world.exchange('bravo', 'two')
    clock.increment(1_000)
    detach()
    expect(sent).toHaveLength(before)
  })

  it('SND6: ends with the record `ended`, without `gone`', async () => {
    const { clock, sender, records, ofMessage } = sending()
    const { chat } = start()
    const detach = sender.attach(chat)
    await chat.close()
    clock.increment(100)
    expect(records().at(-1)).toMatchObject({ type: 'ended', status: 'done' })
    detach()
    sender.close()
    expect(ofMessage('gone')).toEqual([])
  })

  it('SND6: sends everything that waits when it is flushed, even if the port is not ready', async () => {
    const { sender, port, records } = sending()
    const world = start()
    sender.attach(world.chat)
    await world.exchange('alpha', 'one')
    for (let n = 0; n < 700; n++) world.chat.setModel(`m${n}`)
    port.isReady = false
    sender.flush()
    sender.close()
    expect(ofType(records(), 'fact')).toHaveLength(world.chat.actor.getSnapshot().context.view.revision)
  })

  it('SND5: sends everything from the beginning after a restart', async () => {
    const { sender, ofMessage, records, sent } = sending()
    const world = start()
    sender.attach(world.chat)
    await world.exchange('alpha', 'one')
    sender.flush()
    const [before, facts] = [sent.length, ofType(records(), 'fact').length]
    sender.restart()
    sender.flush()
    const again = sent.slice(before)
    expect(again[0]).toEqual(ofMessage('conversation')[0])
    expect(again[1]).toMatchObject({
      type: 'records',
      state: 'completed.saved',
      records: [
        { type: 'observed', seq: 0 },
        { type: 'prompt' },
        { type: 'actor.started', actor: 'conversation' },
        { type: 'actor.started', actor: 'start' },
        { type: 'actor.started', actor: 'journal' },
        { type: 'fact' },
        { type: 'fact' },
        { type: 'fact' },
        { type: 'fact' },
      ],
    })
    expect(ofType(records(), 'fact')).toHaveLength(2 * facts)
    await world.exchange('bravo', 'two')
    sender.flush()
    // Exactly one observation continues.
    expect(ofType(records(), 'fact')).toHaveLength(2 * facts + 3)
  })
})

describe('a flood of records', () => {
  const flood = (chat: Conversation, events = 20_000) => {
    for (let n = 0; n < events; n++) chat.stop()
  }

  it('SND2: leaves out and counts dispensable records while 2,000 wait, and never a fact', async () => {
    const { clock, sender, records, port } = sending()
    const world = start()
    sender.attach(world.chat)
    port.isReady = false
    flood(world.chat)
    await world.exchange('alpha', 'one')
    flood(world.chat)
    port.isReady = true
    drain(clock)
    const got = records()
    expect(got.length).toBeLessThan(2_100)
    expect(ofType(got, 'fact').map(({ index }) => index)).toEqual([0, 1, 2, 3])
    const lost = ofType(got, 'lost').reduce((sum, { count }) => sum + count, 0)
    const last = Math.max(...got.map(({ seq }) => seq))
    // Sent and lost records are all records.
    expect(got.length - ofType(got, 'lost').length + lost).toBe(last + 1)
    expect(lost).toBeGreaterThan(75_000)
  })

  it('SND2: reports lost records even if no further record follows', () => {
    const { clock, sender, records } = sending()
    const { chat } = start()
    sender.attach(chat)
    flood(chat, 5_000)
    drain(clock)
    const lost = ofType(records(), 'lost').reduce((sum, { count }) => sum + count, 0)
    expect(lost + records().length - ofType(records(), 'lost').length).toBe(6 + 10_000)
  })

  it('SND3: leaves the state right although transitions to it were lost', async () => {
    const { clock, sender, records, ofMessage, port } = sending()
    const world = start()
    sender.attach(world.chat)
    port.isReady = false
    flood(world.chat)
    const { turn, reply } = await world.ask('alpha')
    reply.refuse()
    await turn
    port.isReady = true
    drain(clock)
    expect(ofMessage('records').at(-1)?.state).toBe('idle')
    expect(ofType(records(), 'refusal')).toHaveLength(1)
    expect(withoutTexts(logOf(records()).view)).toEqual(withoutTexts(world.chat.actor.getSnapshot().context.view))
  })

  it('SND1: is sent in batches of at most 400 records, one per interval', () => {
    const { clock, sender, ofMessage } = sending()
    const { chat } = start()
    sender.attach(chat)
    flood(chat, 1_000)
    clock.increment(50)
    expect(ofMessage('records').map(({ records }) => records.length)).toEqual([400])
    drain(clock)
    for (const { records } of ofMessage('records')) expect(records.length).toBeLessThanOrEqual(400)
  })
})

describe('a sender with a record that cannot be sent', () => {
  it('SND4: detaches the conversation, sends `gone`, and affects neither the app nor other conversations', async () => {
    const { clock, sender, port, ofMessage } = sending()
    const [broken, whole] = [start(), start({ id: 'c2' })]
    sender.attach(broken.chat)
    port.fail = ({ type }) => type === 'records'
    sender.attach(whole.chat)
    expect(() => clock.increment(50)).not.toThrow()
    port.fail = () => false
    expect((await broken.exchange('alpha', 'one')).status).toBe('completed')
    const again = start({ id: 'c3' })
    sender.attach(again.chat)
    clock.increment(50)
    expect(ofMessage('gone')).toHaveLength(2)
    expect(ofMessage('records').map(({ key }) => key)).toEqual([ofMessage('conversation').at(-1)?.key])
  })

  it('SND4: holds conversations beyond the number that an inspector accepts until another one ends', async () => {
    const { clock, sender, ofMessage } = sending({ limits: { ...processLimits, conversations: 3 } })
    const worlds = Array.from({ length: 5 }, (_, n) => start({ id: `c${n}` }))
    const detach = worlds.map(({ chat }) => sender.attach(chat))
    expect(ofMessage('conversation')).toHaveLength(3)
    detach[0]?.()
    expect(ofMessage('conversation')).toHaveLength(4)
    await worlds[1]?.chat.close()
    clock.increment(50)
    expect(ofMessage('conversation')).toHaveLength(5)
    clock.increment(50)
    const got = ofMessage('records').flatMap(({ records }) => records.map(({ conversation }) => conversation))
    expect(new Set(got)).toEqual(new Set(['c0', 'c1', 'c2', 'c3', 'c4']))
    sender.restart()
    expect(ofMessage('conversation')).toHaveLength(5 + 3)
  })

  it('SND4: detaches a conversation that has become too large, and continues with the others', async () => {
    const most = 2 * 1024 * 1024
    const limits = { ...processLimits, bytesOfConversation: most }
    const { clock, sender, ofMessage } = sending({ includeText: true, limits })
    const [large, small] = [start(), start({ id: 'c2' })]
    for (const { chat } of [large, small]) sender.attach(chat)
    const text = 'x'.repeat(400_000)
    for (let n = 0; n < 4; n++) {
      await large.exchange(text, 'one')
      clock.increment(50)
    }
    await small.exchange('alpha', 'one')
    drain(clock)
    expect(ofMessage('gone')).toHaveLength(1)
    const facts = ofType(
      ofMessage('records').flatMap(({ records }) => records),
      'fact',
    )
    expect(weigh(facts.filter(({ conversation }) => conversation === 'c1'))).toBeLessThan(most)
    expect(facts.filter(({ conversation }) => conversation === 'c2')).toHaveLength(4)
    expect((await large.exchange('bravo', 'two')).status).toBe('completed')
  })

  it('SND1: sends large facts a few at a time, so that no batch is too long', async () => {
    const { clock, sender, ofMessage } = sending({ includeText: true })
    const world = start()
    for (let n = 0; n < 8; n++) await world.exchange('x'.repeat(200_000), 'one')
    sender.attach(world.chat)
    drain(clock)
    const sizes = ofMessage('records').map((message) => JSON.stringify(message).length)
    expect(Math.max(...sizes)).toBeLessThan(1_000_000)
    expect(
      ofType(
        ofMessage('records').flatMap((message) => message.records),
        'fact',
      ),
    ).toHaveLength(world.chat.actor.getSnapshot().context.view.revision)
  })
})

describe('a sender without a connection', () => {
  it('SND5: keeps only the conversations that go on, and sends them from the beginning', async () => {
    const { clock, sender, sent, records } = sending()
    const [stays, ends] = [start(), start({ id: 'c2' })]
    sender.attach(stays.chat)
    sender.attach(ends.chat)
    drain(clock)
    sender.pause()
    const before = sent.length
    await stays.exchange('alpha', 'one')
    await ends.chat.close()
    drain(clock)
    expect(sent.length).toBe(before)
    sender.restart()
    drain(clock)
    const again = sent.slice(before)
    expect(again.filter(({ type }) => type === 'conversation')).toHaveLength(1)
    const facts = ofType(records(), 'fact').slice(-4)
    expect(facts.map(({ index, conversation }) => [index, conversation])).toEqual([
      [0, 'c1'],
      [1, 'c1'],
      [2, 'c1'],
      [3, 'c1'],
    ])
  })

  it('SND5: accepts conversations that are attached meanwhile', async () => {
    const { clock, sender, sent } = sending()
    sender.pause()
    const { chat } = start()
    sender.attach(chat)
    sender.restart()
    drain(clock)
    expect(sent.filter(({ type }) => type === 'records').length).toBeGreaterThan(0)
    await chat.close()
  })

  it('SND5: does not hold a conversation that started and ended meanwhile', async () => {
    const { clock, sender, sent, ofMessage } = sending()
    sender.pause()
    const { chat, exchange } = start()
    sender.attach(chat)
    await exchange('alpha', 'one')
    await chat.close()
    drain(clock)
    expect(sent).toEqual([])
    sender.restart()
    drain(clock)
    expect(ofMessage('conversation')).toEqual([])
  })

  it('ignores conversations that are attached after it was closed, and does not restart', async () => {
    const { clock, sender, sent } = sending()
    sender.close()
    sender.attach(start().chat)
    sender.pause()
    sender.restart()
    sender.attach(start().chat)()
    drain(clock)
    expect(sent).toEqual([])
  })
})
