import { SimulatedClock } from 'xstate'
import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../machines/index.ts'
import type { Conversation, ToolInput } from '../../src/index.ts'
import { offersOf } from '../../src/inspect/link/offers.ts'
import { Sender, type SenderOptions } from '../../src/inspect/link/sender.ts'
import { ConversationLog } from '../../src/inspect/log/conversation-log.ts'
import type { InspectionRecord } from '../../src/observe/records.ts'
import { type AppMessage, type ControlCommand, type Offer, processLimits } from '../../src/inspect/wire/messages.ts'
import { weigh } from '../../src/inspect/wire/weigh.ts'
import { leaves, worldIn } from '../charts/leaves.ts'
import { start, until } from '../conversation/start.ts'
import { drivenTools, turn as turnOfLoop } from '../tools/fixtures.ts'
import { chart, insideOf, ofType, overTheWire, refusedOnce, withoutTexts } from './fixtures.ts'

type MessageOf<Type extends AppMessage['type']> = Extract<AppMessage, { type: Type }>

function sending(options: Partial<SenderOptions> = {}) {
  const clock = new SimulatedClock()
  const sent: AppMessage[] = []
  const port: { isReady: boolean; fail: (message: AppMessage) => boolean } = { isReady: true, fail: () => false }
  const send = (message: AppMessage) => {
    if (port.fail(message)) throw new Error('It could not be sent')
    sent.push(overTheWire(message))
  }
  const sender = new Sender(
    { isReady: () => port.isReady, send },
    { includeText: false, allowControl: false, clock, ...options },
  )
  const ofMessage = <Type extends AppMessage['type']>(type: Type) =>
    sent.filter((message): message is MessageOf<Type> => message.type === type)
  const records = () => ofMessage('records').flatMap((message) => message.records)
  const offers = () => ofMessage('offers').at(-1)?.offers ?? []
  const key = () => ofMessage('conversation').at(-1)?.key ?? ''
  const control = (command: ControlCommand) => {
    sender.control({ type: 'control', id: 'a', key: key(), command })
    return ofMessage('done').at(-1)
  }
  return { clock, sent, port, sender, ofMessage, records, offers, key, control }
}

/** Time for more batches than can wait. */
const drain = (clock: SimulatedClock) => {
  for (let frame = 0; frame < 20; frame++) clock.increment(50)
}

const logOf = (records: readonly InspectionRecord[]) => {
  const log = new ConversationLog()
  for (const record of records) log.add(record)
  return log
}

describe('a sender', () => {
  it('tells of the conversation and its chart at once, and of its records in batches, twenty a second', async () => {
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
      records: [{ type: 'observed' }, { type: 'prompt' }, {}, {}, {}],
    })
    clock.increment(10_000)
    expect(sent).toHaveLength(2)
  })

  it('tells records that fold to the view of the conversation, and holds no text', async () => {
    const { sender, records, sent } = sending()
    const { chat } = await refusedOnce()
    sender.attach(chat)
    sender.flush()
    expect(withoutTexts(logOf(records()).view)).toEqual(withoutTexts(chat.actor.getSnapshot().context.view))
    expect(JSON.stringify(sent.filter(({ type }) => type !== 'conversation'))).not.toMatch(/alpha|bravo/)
  })

  it('sends text where it was asked to', async () => {
    const { sender, sent } = sending({ includeText: true })
    const { chat } = await refusedOnce()
    sender.attach(chat)
    sender.flush()
    expect(JSON.stringify(sent)).toContain('alpha question')
  })

  it('keeps the conversations of one process apart, on whatever connection they are', () => {
    const [one, two] = [sending(), sending()]
    one.sender.attach(start().chat)
    one.sender.attach(start().chat)
    two.sender.attach(start().chat)
    const keys = [...one.ofMessage('conversation'), ...two.ofMessage('conversation')].map(({ key }) => key)
    expect(new Set(keys).size).toBe(3)
  })

  it('sends what waits, and that the conversation is let go of, when it is detached; then nothing more', async () => {
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

  it('ends with the conversation, without a word that it is gone', async () => {
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

  it('sends everything there is when it is flushed, also to somebody who is slow', async () => {
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

  it('tells everything from the beginning when it is asked to', async () => {
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
      records: [{ type: 'observed', seq: 0 }, {}, {}, {}, {}, {}, {}, {}],
    })
    expect(ofType(records(), 'fact')).toHaveLength(2 * facts)
    await world.exchange('bravo', 'two')
    sender.flush()
    // One observation goes on, not two.
    expect(ofType(records(), 'fact')).toHaveLength(2 * facts + 3)
  })
})

describe('a flood', () => {
  const flood = (chat: Conversation, events = 20_000) => {
    for (let n = 0; n < events; n++) chat.stop()
  }

  it('is bounded: what is too much is left out, counted and told, and facts never are', async () => {
    const { clock, sender, records, port } = sending()
    const world = start()
    sender.attach(world.chat)
    port.isReady = false
    flood(world.chat)
    await world.exchange('alpha', 'one')
    flood(world.chat)
    port.isReady = true
    drain(clock)
    const told = records()
    expect(told.length).toBeLessThan(2_100)
    expect(ofType(told, 'fact').map(({ index }) => index)).toEqual([0, 1, 2, 3])
    const lost = ofType(told, 'lost').reduce((sum, { count }) => sum + count, 0)
    const last = Math.max(...told.map(({ seq }) => seq))
    // What was told and what was lost is all there was.
    expect(told.length - ofType(told, 'lost').length + lost).toBe(last + 1)
    expect(lost).toBeGreaterThan(75_000)
  })

  it('is told to its end, though nothing comes after it', () => {
    const { clock, sender, records } = sending()
    const { chat } = start()
    sender.attach(chat)
    flood(chat, 5_000)
    drain(clock)
    const lost = ofType(records(), 'lost').reduce((sum, { count }) => sum + count, 0)
    expect(lost + records().length - ofType(records(), 'lost').length).toBe(5 + 10_000)
  })

  it('leaves the state right, although the steps to it were lost', async () => {
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

  it('comes in batches of at most 400, one each time', () => {
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

describe('what can not be sent', () => {
  it('lets go of the conversation, says so, and leaves the app and other conversations alone', async () => {
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

  it('is more conversations than an inspector takes at once: those beyond wait until one of the others ends', async () => {
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
    const told = ofMessage('records').flatMap(({ records }) => records.map(({ conversation }) => conversation))
    expect(new Set(told)).toEqual(new Set(['c0', 'c1', 'c2', 'c3', 'c4']))
    sender.restart()
    expect(ofMessage('conversation')).toHaveLength(5 + 3)
  })

  it('is a conversation that has become too large for an inspector, which is let go of; others are told of', async () => {
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

  it('is never a batch that is too long: facts that are large go a few at a time', async () => {
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

describe('while nobody is there', () => {
  it('keeps nothing but the conversations that go on, and tells of those from the beginning', async () => {
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

  it('takes conversations that are attached meanwhile', async () => {
    const { clock, sender, sent } = sending()
    sender.pause()
    const { chat } = start()
    sender.attach(chat)
    sender.restart()
    drain(clock)
    expect(sent.filter(({ type }) => type === 'records').length).toBeGreaterThan(0)
    await chat.close()
  })

  it('holds no conversation that came and ended while nobody is there', async () => {
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

  it('that was closed takes no conversation any more, and does not begin anew', async () => {
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

/** The event that a command comes to. */
function eventOf({ command }: Offer): ConversationEvent {
  switch (command.command) {
    case 'send':
      return { type: 'user.send', turnId: 'n1', input: 'hi', at: 20 }
    case 'stop':
      return { type: 'user.stop' }
    case 'retry':
      return { type: 'turn.retry', turnId: 'n1', at: 20 }
    case 'clear':
      return { type: 'context.clear' }
    case 'compact':
      return { type: 'context.compact', turnId: 'n1', at: 20 }
    case 'release':
      return { type: 'queue.release' }
    case 'close':
      return { type: 'conversation.close' }
    case 'resolve':
      return { type: 'refusal.resolve', policy: command.policy === 'rewind-1' ? { rewind: 1 } : command.policy }
    case 'set-model':
      return { type: 'model.switch', model: 'm9' }
    case 'approve':
      return { type: 'tool.approve', callId: command.callId }
    case 'deny':
      return { type: 'tool.deny', callId: command.callId }
    case 'answer':
      return {
        type: 'tool.answer',
        callId: command.callId,
        result: { type: 'tool_result', tool_use_id: command.callId, content: 'so' },
      }
  }
}

describe('in every leaf of the chart', () => {
  it.each(leaves)('%s takes each event that is offered', (leaf) => {
    for (const [index] of offersOf(insideOf(worldIn(leaf)), true).entries()) {
      const world = worldIn(leaf)
      const offer = offersOf(insideOf(world), true)[index]
      if (!offer) throw new Error('The same way led to other offers')
      const event = eventOf(offer)
      expect(event.type).toBe(offer.event)
      const before = world.actor.getSnapshot()
      expect(before.can(event), `${leaf} takes ${event.type}`).toBe(true)
      world.send(event)
      const after = world.actor.getSnapshot()
      expect(world.types(), `${leaf} takes ${event.type}`).not.toContain('send.declined')
      expect([after.value, after.context], `${leaf} does something upon ${event.type}`).not.toEqual([
        before.value,
        before.context,
      ])
    }
  })

  it.each(leaves)('%s is not sent a stop or a decision that it would not take', (leaf) => {
    const world = worldIn(leaf)
    const snapshot = world.actor.getSnapshot()
    const offered = offersOf(insideOf(world), true).map(({ event }) => event)
    for (const event of [{ type: 'user.stop' }, { type: 'refusal.resolve', policy: 'clear' }] as const)
      expect(offered.includes(event.type), event.type).toBe(snapshot.status === 'active' && snapshot.can(event))
  })

  it('offers nothing once the conversation closes', () => {
    for (const leaf of ['closing', 'closed']) expect(offersOf(insideOf(worldIn(leaf)), true)).toEqual([])
  })
})

describe('control', () => {
  const commandsOf = (offers: readonly Offer[]) => offers.map(({ command: { command } }) => command)

  it('is refused, and nothing is offered, where the process does not allow it', () => {
    const { clock, sender, control, ofMessage } = sending()
    const { chat } = start()
    sender.attach(chat)
    clock.increment(100)
    expect(control({ command: 'close' })).toMatchObject({ id: 'a', error: expect.stringContaining('allowControl') })
    expect(chat.status).toBe('ready')
    expect(ofMessage('offers')).toEqual([])
  })

  it('offers what the state takes, and again only when that changed', async () => {
    const { clock, sender, offers, ofMessage } = sending({ allowControl: true })
    const world = start()
    sender.attach(world.chat)
    clock.increment(100)
    expect(commandsOf(offers())).toEqual(['send', 'set-model', 'close'])
    world.chat.stop()
    clock.increment(100)
    expect(ofMessage('offers')).toHaveLength(1)
    const { turn, reply } = await world.ask('alpha')
    clock.increment(100)
    expect(commandsOf(offers())).toEqual(['stop', 'set-model', 'close'])
    reply.answer('one')
    await turn
    clock.increment(100)
    expect(commandsOf(offers())).toEqual(['send', 'clear', 'compact', 'set-model', 'close'])
  })

  it('sends, stops, asks again, and closes', async () => {
    const { sender, control } = sending({ allowControl: true })
    const world = start()
    sender.attach(world.chat)
    expect(control({ command: 'send', text: 'alpha' })).toMatchObject({ error: null })
    const reply = await world.asked(1)
    reply.say('par')
    expect(control({ command: 'stop' })).toMatchObject({ error: null })
    await until(world.chat, () => world.chat.status === 'ready')
    expect(control({ command: 'retry' })).toMatchObject({ error: null })
    const again = await world.asked(2)
    again.answer('one')
    await until(world.chat, () => world.chat.status === 'ready')
    expect(control({ command: 'set-model', model: 'm2' })).toMatchObject({ error: null })
    expect(world.chat.model).toBe('m2')
    expect(control({ command: 'clear' })).toMatchObject({ error: null })
    expect(world.chat.history).toEqual([])
    expect(control({ command: 'close' })).toMatchObject({ error: null })
    await until(world.chat, () => world.chat.status === 'closed')
  })

  it.each([
    ['drop-turn', 1],
    ['rewind-1', 0],
    ['clear', 0],
  ] as const)('resolves a refusal by %s', async (policy, left) => {
    const { clock, sender, control, offers } = sending({ allowControl: true })
    const world = start({ onRefusal: 'manual' })
    sender.attach(world.chat)
    await world.exchange('alpha', 'one')
    const { turn, reply } = await world.ask('bravo')
    reply.refuse()
    await until(world.chat, () => world.chat.actor.getSnapshot().matches({ refused: 'awaitingDecision' }))
    clock.increment(100)
    expect(commandsOf(offers())).toEqual(['resolve', 'resolve', 'resolve', 'set-model', 'close'])
    expect(control({ command: 'resolve', policy })).toMatchObject({ error: null })
    await turn
    expect(world.chat.history).toHaveLength(2 * left)
  })

  it.each([
    ['is not shown', { includeText: false }, {}, /not shown here/],
    ['is too long to be shown', { includeText: true }, { path: `a${'/.'.repeat(1_000)}/../../b` }, /2020 characters/],
  ])('does not approve a call whose input %s', async (_, options, input, words) => {
    const { clock, sender, control, offers } = sending({ allowControl: true, ...options })
    const { tools } = drivenTools()
    const world = start({ tools: tools as readonly ToolInput[] })
    sender.attach(world.chat)
    const { reply } = await world.ask('ask first')
    reply.give([{ type: 'tool_use', id: 'k1', name: 'ask', input }])
    await until(world.chat, () => world.chat.pendingCalls.length === 1)
    clock.increment(100)
    expect(offers().map(({ label }) => label)).not.toContain('Approve ask')
    expect(offers().find(({ label }) => label === 'Deny ask')?.about).toMatch(words)
    expect(control({ command: 'approve', callId: 'k1' })?.error).toMatch(words)
    expect(world.chat.pendingCalls).toHaveLength(1)
    expect(control({ command: 'deny', callId: 'k1' })).toMatchObject({ error: null })
    await world.chat.close()
  })

  it('approves and denies calls by their names, and shows what is approved', async () => {
    const { clock, sender, control, offers } = sending({ allowControl: true, includeText: true })
    const { tools, of } = drivenTools()
    const world = start({ tools: tools as readonly ToolInput[] })
    sender.attach(world.chat)
    const { turn, reply } = await world.ask('ask first')
    reply.give(['k1', 'k2'].map((id) => ({ type: 'tool_use', id, name: 'ask', input: {} })))
    await until(world.chat, () => world.chat.pendingCalls.length === 2)
    clock.increment(100)
    expect(offers().map(({ label }) => label)).toEqual(expect.arrayContaining(['Approve ask', 'Deny ask']))
    expect(offers().find(({ label }) => label === 'Approve ask')?.about).toBe('{}')
    expect(control({ command: 'approve', callId: 'k1' })).toMatchObject({ error: null })
    expect(control({ command: 'deny', callId: 'k2' })).toMatchObject({ error: null })
    expect(control({ command: 'approve', callId: 'k9' })).toMatchObject({ error: expect.stringContaining('k9') })
    await turnOfLoop()
    of('k1').resolve('done')
    const next = await world.asked(2)
    next.answer('so it is')
    await turn
    expect(world.chat.pendingCalls).toEqual([])
  })

  it('tells what the conversation does not take, in its own words, and goes on', () => {
    const { sender, control } = sending({ allowControl: true })
    const { chat } = start()
    sender.attach(chat)
    expect(control({ command: 'retry' })).toMatchObject({ error: expect.stringContaining('nothing to ask again') })
    expect(control({ command: 'send', text: '  ' })).toMatchObject({ error: expect.any(String) })
    expect(control({ command: 'set-model', model: '' })).toMatchObject({ error: expect.any(String) })
    expect(chat.status).toBe('ready')
  })

  it('tells a command that this release does not know', () => {
    const { sender, control } = sending({ allowControl: true })
    sender.attach(start().chat)
    expect(control({ command: 'dance' } as never)).toMatchObject({ error: expect.stringContaining('does not know') })
  })

  it('is told of a conversation that is let go of', () => {
    const { sender, control } = sending({ allowControl: true })
    sender.attach(start().chat)()
    expect(control({ command: 'stop' })).toMatchObject({ error: expect.stringContaining('no such conversation') })
  })
})
