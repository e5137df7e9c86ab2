import { describe, expect, it } from 'vitest'
import type { ConversationEvent } from '../../machines/index.ts'
import { type ToolInput, TurnstateError } from '../../src/index.ts'
import { offersOf } from '../../src/inspect/link/offers.ts'
import { type Offer } from '../../src/inspect/wire/messages.ts'
import { leaves, worldIn } from '../charts/leaves.ts'
import { start, until } from '../conversation/start.ts'
import { drivenTools, turn as turnOfLoop } from '../tools/fixtures.ts'
import { internalsOfWorld } from './fixtures.ts'
import { sending } from './sending.ts'

/** The event that a command causes. */
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
    case 'resolve-rejection':
      return { type: 'rejection.resolve', policy: command.policy === 'rewind-1' ? { rewind: 1 } : command.policy }
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
  it.each(leaves)('%s accepts each event that is offered', (leaf) => {
    for (const [index] of offersOf(internalsOfWorld(worldIn(leaf)), true).entries()) {
      const world = worldIn(leaf)
      const offer = offersOf(internalsOfWorld(world), true)[index]
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

  it.each(leaves)('%s is not offered a stop or a decision that it would not accept', (leaf) => {
    const world = worldIn(leaf)
    const snapshot = world.actor.getSnapshot()
    const offered = offersOf(internalsOfWorld(world), true).map(({ event }) => event)
    for (const event of [
      { type: 'user.stop' },
      { type: 'refusal.resolve', policy: 'clear' },
      { type: 'rejection.resolve', policy: 'stop' },
    ] as const)
      expect(offered.includes(event.type), event.type).toBe(snapshot.status === 'active' && snapshot.can(event))
  })

  it('offers nothing once the conversation is closing', () => {
    for (const leaf of ['closing', 'closed']) expect(offersOf(internalsOfWorld(worldIn(leaf)), true)).toEqual([])
  })
})

describe('control', () => {
  const commandsOf = (offers: readonly Offer[]) => offers.map(({ command: { command } }) => command)

  it('is refused, without offers, if the process does not allow it', () => {
    const { clock, sender, control, ofMessage } = sending()
    const { chat } = start()
    sender.attach(chat)
    clock.increment(100)
    expect(control({ command: 'close' })).toMatchObject({ id: 'a', error: expect.stringContaining('allowControl') })
    expect(chat.status).toBe('ready')
    expect(ofMessage('offers')).toEqual([])
  })

  it('sends the offers of the state, and again only after a change', async () => {
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

  it('sends a message, stops, retries, and closes', async () => {
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
    ['repair', ['alpha', 'one', '[An image stood here, and could not be sent.]', 'with a picture']],
    ['stop', ['alpha', 'one']],
    ['rewind-1', []],
    ['clear', []],
  ] as const)('resolves a rejection by %s', async (policy, left) => {
    const { clock, sender, control, offers } = sending({ allowControl: true })
    const world = start({ onRejection: 'manual' })
    sender.attach(world.chat)
    await world.exchange('alpha', 'one')
    const picture = {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' },
    } as const
    const turn = world.chat.sendMessage([picture, { type: 'text', text: 'with a picture' }])
    const reply = await world.asked(2)
    const pointer = 'messages.2.content.0'
    reply.throw(new TurnstateError('request-invalid', 'no', { status: 400, pointer, quote: `${pointer}: no` }))
    await until(world.chat, () => world.chat.actor.getSnapshot().matches({ rejected: 'awaitingDecision' }))
    clock.increment(100)
    expect(offers().map(({ label }) => label)).toEqual([
      'Stop',
      'Leave out what may be the cause, and ask again',
      'Drop the rejected message',
      'Drop it and the turn before it',
      'Drop everything',
      'Change the model',
      'Close the conversation',
    ])
    expect(control({ command: 'resolve-rejection', policy })).toMatchObject({ error: null })
    if (policy === 'repair') (await world.asked(3)).answer('two')
    await turn
    const texts = world.chat.history.flatMap(({ content }) =>
      typeof content === 'string' ? [content] : content.flatMap((block) => (block.type === 'text' ? [block.text] : [])),
    )
    expect(texts.filter((text) => text !== 'two')).toEqual(left)
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

  it('approves and denies calls, and shows the input to approve', async () => {
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

  it('answers with the error of the conversation, and continues', () => {
    const { sender, control } = sending({ allowControl: true })
    const { chat } = start()
    sender.attach(chat)
    expect(control({ command: 'retry' })).toMatchObject({ error: expect.stringContaining('nothing to ask again') })
    expect(control({ command: 'send', text: '  ' })).toMatchObject({ error: expect.any(String) })
    expect(control({ command: 'set-model', model: '' })).toMatchObject({ error: expect.any(String) })
    expect(chat.status).toBe('ready')
  })

  it('rejects a command that this release does not know', () => {
    const { sender, control } = sending({ allowControl: true })
    sender.attach(start().chat)
    expect(control({ command: 'dance' } as never)).toMatchObject({ error: expect.stringContaining('does not know') })
  })

  it('answers that a detached conversation is not shown any more', () => {
    const { sender, control } = sending({ allowControl: true })
    sender.attach(start().chat)()
    expect(control({ command: 'stop' })).toMatchObject({ error: expect.stringContaining('not shown here any more') })
  })
})
