import { describe, expect, it } from 'vitest'
import { createActor } from 'xstate'
import { conversationMachine } from '../../src/index.ts'
import { collect, start, until } from './start.ts'

const shown = (messages: readonly { role: string; status: string; parts: readonly object[] }[]) =>
  messages.map(({ role, status, parts }) => [
    role,
    status,
    parts.map((part) => ('text' in part ? part.text : 'type' in part ? part.type : '')).join('|'),
  ])

describe('status', () => {
  it('follows the phases of a turn', async () => {
    const { chat, ask } = start()
    expect(chat.status).toBe('ready')
    const { turn, reply } = await ask('Hello')
    expect([chat.status, chat.canSend]).toEqual(['submitted', false])
    reply.say('H')
    await new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    expect(chat.status).toBe('streaming')
    reply.stop('end_turn')
    await turn
    expect([chat.status, chat.canSend]).toEqual(['ready', true])
    await chat.close()
    expect([chat.status, chat.canSend]).toEqual(['closed', false])
  })

  it('is "error", with the reason in `error`, from a failure until the next turn', async () => {
    const { chat, ask, exchange } = start()
    const { turn, reply } = await ask('Hello')
    reply.throw(new Error('boom'))
    await turn
    expect([chat.status, chat.canSend, chat.error?.code]).toEqual(['error', true, 'source-failed'])
    await exchange('again', 'Hi')
    expect([chat.status, chat.error]).toEqual(['ready', null])
  })
})

describe('messages', () => {
  it('show the reply as it grows', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('Hello')
    expect(shown(chat.messages)).toEqual([['user', 'complete', 'Hello']])
    reply.say('Hi ', 'there')
    await new Promise<void>((resolve) => chat.on('delta', ({ seq }) => seq === 1 && resolve()))
    expect(shown(chat.messages)).toEqual([
      ['user', 'complete', 'Hello'],
      ['assistant', 'streaming', 'Hi there'],
    ])
    reply.stop('end_turn')
    await turn
    expect(chat.messages[1]).toMatchObject({
      status: 'complete',
      model: 'm1',
      usage: { outputTokens: 5 },
      createdAt: 1_000,
    })
  })

  it('mark refused, stopped and failed turns as retracted, partial and failed', async () => {
    const { chat, ask } = start()
    const refused = await ask('bad')
    refused.reply.refuse('half')
    await refused.turn
    const stopped = await ask('long')
    stopped.reply.say('some')
    await new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    chat.stop()
    await stopped.turn
    const failed = await ask('more')
    failed.reply.throw(new Error('boom'))
    await failed.turn
    expect(shown(chat.messages)).toEqual([
      ['user', 'complete', 'bad'],
      ['assistant', 'retracted', ''],
      ['user', 'complete', 'long'],
      ['assistant', 'partial', 'some'],
      ['user', 'complete', 'more'],
      ['assistant', 'failed', ''],
    ])
  })

  it('keep their identity while nothing changes, and settled items keep it forever', async () => {
    const { chat, exchange, ask } = start()
    await exchange('Hello', 'Hi')
    const { messages, history, usage } = chat
    expect(chat.messages).toBe(messages)
    expect(chat.history).toBe(history)
    expect(chat.usage).toBe(usage)
    const { turn, reply } = await ask('again')
    expect(chat.messages).not.toBe(messages)
    expect(chat.messages[0]).toBe(messages[0])
    expect(chat.messages[1]).toBe(messages[1])
    expect(chat.history).toBe(history)
    reply.answer('yes')
    await turn
    expect(chat.messages[1]).toBe(messages[1])
    expect(chat.history).not.toBe(history)
  })

  it('stay as they were sent, whatever the app does with its objects later', async () => {
    const { chat, ask } = start()
    const block = { type: 'text', text: 'Hello' }
    const turn = chat.sendMessage([block])
    block.text = 'changed'
    expect(shown(chat.messages)).toEqual([['user', 'complete', 'Hello']])
    expect(Object.isFrozen(block)).toBe(false)
    chat.stop()
    await turn
    void ask
  })
})

describe('subscribers', () => {
  it('are called for each change of state, once the actor is at rest', async () => {
    const { chat, ask } = start()
    const statuses: string[] = []
    chat.subscribe(() => statuses.push(chat.status))
    const { turn, reply } = await ask('Hello')
    reply.answer('Hi')
    await turn
    expect(statuses.filter((status, index) => status !== statuses[index - 1])).toEqual([
      'submitted',
      'streaming',
      'ready',
    ])
  })

  it('are called at most once per frame while a reply grows', async () => {
    const { chat, ask, clock } = start()
    const { turn, reply } = await ask('Hello')
    reply.say('a')
    await new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    await until(chat, () => chat.status === 'streaming')
    let told = 0
    chat.subscribe(() => told++)
    const seen = new Promise<void>((resolve) => chat.on('delta', ({ text }) => text === 'd' && resolve()))
    for (const text of ['b', 'c', 'd']) reply.push({ type: 'block.delta', index: 0, kind: 'text', text })
    await seen
    expect(told).toBe(0)
    clock.increment(33)
    expect(told).toBe(1)
    clock.increment(1_000)
    expect(told).toBe(1)
    reply.stop('end_turn')
    await turn
  })

  it('are removed by the function that subscribe() returned', async () => {
    const { chat, exchange } = start()
    let told = 0
    const end = chat.subscribe(() => told++)
    end()
    end()
    await exchange('Hello', 'Hi')
    expect(told).toBe(0)
  })
})

describe('events', () => {
  it('arrive in the order in which things happened, emitted ones after their transition', async () => {
    const { chat, ask } = start()
    const log: string[] = []
    chat.on('*', (notice) => log.push(notice.type === 'state' ? `→ ${notice.to}` : notice.type))
    const { turn, reply } = await ask('bad')
    reply.refuse('half')
    await turn
    expect(log).toEqual([
      '→ asking.saving',
      '→ streaming.opening',
      'attempt.started',
      '→ streaming.receiving',
      'delta',
      '→ refused.saving',
      '→ refused.deciding',
      'retracted',
      '→ reset.saving',
      '→ idle',
      'turn.refused',
      'context.reset',
    ])
  })

  it('let a listener send the next message at once', async () => {
    const { chat, exchange, asked } = start()
    const next = new Promise<string>((resolve) => {
      const end = chat.on('turn.completed', () => {
        end()
        void chat.sendMessage('two').outcome.then(({ text }) => resolve(text))
      })
    })
    await exchange('one', 'first')
    const reply = await asked(2)
    reply.answer('second')
    expect(await next).toBe('second')
  })

  it('carry the app’s message for users, never the classifier’s explanation', async () => {
    const { chat, ask } = start({ messagesForUsers: { default: 'No.', cyber: 'Not this.' } })
    const notices: unknown[] = []
    chat.on('turn.refused', (notice) => notices.push(notice))
    const { turn, reply } = await ask('bad')
    reply.refuse()
    const { refusal } = await turn
    expect(refusal).toMatchObject({ messageForUser: 'Not this.', explanation: 'raw words for integrators' })
    expect(notices).toMatchObject([{ category: 'cyber', policy: 'drop-turn', textShown: false, nothingLeft: true }])
    expect(JSON.stringify(chat.messages)).not.toContain('raw words')
  })
})

describe('close', () => {
  it('settles a streaming turn, delivers its events, and ends', async () => {
    const { chat, ask } = start()
    const { turn, reply } = await ask('Hello')
    reply.say('half')
    await new Promise<void>((resolve) => chat.on('delta', () => resolve()))
    const watching = collect(turn)
    await chat.close()
    expect(await turn).toMatchObject({ status: 'stopped', text: 'half' })
    expect((await watching).at(-1)?.type).toBe('turn.stopped')
    expect(reply.signal.aborted).toBe(true)
    expect(chat.actor.getSnapshot().context.pending).toEqual([])
  })

  it('settles every awaited turn: queued ones and those that wait for a decision', async () => {
    const { chat, ask } = start({ whenBusy: 'queue' })
    const { turn } = await ask('one')
    const queued = chat.sendMessage('two')
    await chat.close()
    expect((await turn).status).toBe('stopped')
    expect(await queued).toMatchObject({ status: 'stopped', error: { code: 'conversation-closed' } })
  })

  it('can be called twice, and other methods then throw conversation-closed', async () => {
    const { chat } = start()
    await Promise.all([chat.close(), chat.close()])
    await chat.close()
    chat.stop()
    for (const run of [
      () => chat.sendMessage('x'),
      () => chat.retry(),
      () => void chat.clear(),
      () => chat.setModel('m'),
    ])
      expect(run).toThrow(/closed/)
  })
})

describe('the model', () => {
  it('applies from the next request on once it is set', async () => {
    const { chat, exchange, replies } = start()
    const switched: unknown[] = []
    chat.on('model.switched', (notice) => switched.push(notice))
    await exchange('one', 'first')
    chat.setModel('m2')
    await exchange('two', 'second')
    expect(replies.map(({ request }) => request.model)).toEqual(['m1', 'm2'])
    expect(chat.model).toBe('m2')
    expect(switched).toEqual([{ type: 'model.switched', from: 'm1', to: 'm2', cause: 'user', revision: 5 }])
  })
})

describe('retry', () => {
  it('sends the last input again, and its turn replaces the earlier one', async () => {
    const { chat, ask, asked } = start()
    const { turn, reply } = await ask('Hello')
    reply.throw(new Error('boom'))
    await turn
    const again = chat.retry()
    const second = await asked(2)
    expect(second.request.messages).toEqual([{ role: 'user', content: 'Hello' }])
    second.answer('Hi')
    expect((await again).text).toBe('Hi')
  })
})

describe('clear', () => {
  it('empties the history, keeps the transcript, and reports what left', async () => {
    const { chat, exchange } = start()
    await exchange('Hello', 'Hi')
    const reset = new Promise((resolve) => chat.on('context.reset', resolve))
    chat.clear()
    expect(await reset).toMatchObject({ cause: 'clear', left: [{ turnId: 't1', why: 'withdrawn' }], head: null })
    expect([chat.history.length, chat.messages.length]).toEqual([0, 2])
  })

  it('decides a refusal that waits for a person', async () => {
    const { chat, ask } = start({ onRefusal: 'manual' })
    const { turn, reply } = await ask('bad')
    reply.refuse()
    await turn
    chat.clear()
    expect(chat.status).toBe('ready')
  })
})

describe('a seeded history', () => {
  it('begins the first request', async () => {
    const { chat, ask } = start({
      messages: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
      ],
    })
    const { reply, turn } = await ask('and?')
    expect(reply.request.messages).toEqual([
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
      { role: 'user', content: 'and?' },
    ])
    expect(chat.repairs).toEqual([])
    reply.answer('yes')
    await turn
  })

  it('is repaired where it could not be sent, and the repair is reported', () => {
    const { chat, logged } = start({
      messages: [
        { role: 'assistant', content: 'I begin' },
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 'k', name: 'look', input: {} }] },
        { role: 'user', content: 'never mind' },
        { role: 'assistant', content: [] },
      ],
    })
    expect(chat.repairs.map(({ message }) => message)).toEqual([0, 3, 4])
    expect(chat.history.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(JSON.stringify(chat.history)).toContain('tool_result')
    expect(logged).toHaveLength(1)
  })
})

describe('the bare machine', () => {
  it('starts, and names a slot that was never filled', () => {
    const actor = createActor(conversationMachine).start()
    actor.send({ type: 'user.send', turnId: 't1', input: 'Hello', at: 1 })
    expect(actor.getSnapshot().context.view.failure).toMatchObject({ code: 'slot-not-filled' })
    expect(actor.getSnapshot().context.view.failure?.message).toContain('streamReply')
    actor.send({ type: 'user.send', turnId: 't2', input: 'Hello', at: 2 })
    expect(actor.getSnapshot().context.view.turns).toHaveLength(2)
    actor.stop()
  })
})
