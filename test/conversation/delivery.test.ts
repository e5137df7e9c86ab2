// The order of delivery: invariants D1–D9 of src/conversation/delivery/delivery.ts.
import { describe, expect, it } from 'vitest'
import { codeOf, start } from './start.ts'

/** Resolves after everything that waits for a microtask now. */
const settled = () => new Promise<void>((resolve) => queueMicrotask(resolve))

describe('delivery', () => {
  it('D1: delivers an event in a microtask, and the conversation is then in the state that the event reports', async () => {
    const { chat, ask } = start()
    const seen: string[] = []
    chat.on('model.switched', ({ to }) => seen.push(`${to} is ${chat.model}`))
    chat.setModel('m2')
    expect(seen).toEqual([])
    await settled()
    expect(seen).toEqual(['m2 is m2'])
    chat.on('turn.completed', () => seen.push(`${chat.status}, ${chat.canSend}`))
    const { turn, reply } = await ask('Hello')
    reply.answer('Hi')
    await turn
    expect(seen.slice(1)).toEqual(['ready, true'])
  })

  it('D2: delivers what happened before a delta before that delta, within one chunk too', async () => {
    const { chat, ask } = start()
    const seen: string[] = []
    chat.on('delta', ({ text }) => {
      seen.push(text)
      if (text === 'one') chat.setModel('m2')
    })
    chat.on('model.switched', ({ to }) => seen.push(to))
    chat.on('turn.completed', () => seen.push('completed'))
    const { turn, reply } = await ask('Hello')
    reply.pushTogether([
      { type: 'block.started', index: 0, block: { type: 'text', text: '' } },
      { type: 'block.delta', index: 0, kind: 'text', text: 'one' },
      { type: 'block.delta', index: 0, kind: 'text', text: 'two' },
      { type: 'message.delta', stopReason: 'end_turn', usage: {} },
      { type: 'message.stopped' },
    ])
    await turn
    expect(seen).toEqual(['one', 'm2', 'two', 'completed'])
  })

  it('D3: judges an event by the view at its time: a turn that another event replaces afterwards has its own outcome', async () => {
    const { chat, ask } = start({ retry: { maxAttempts: 1 } })
    const { turn, reply } = await ask('Hello')
    let isSent = false
    chat.actor.subscribe((snapshot) => {
      if (isSent || !snapshot.matches({ failed: 'saved' })) return
      isSent = true
      chat.actor.send({ type: 'turn.retry', turnId: 'again', at: 1 })
    })
    reply.end()
    expect(await turn).toMatchObject({ status: 'failed', turnId: turn.id })
    expect(chat.status).toBe('submitted')
  })

  it('D4: calls the listeners to the type before those to "*", each in the order in which they were added', async () => {
    const { chat } = start()
    const seen: string[] = []
    chat.on('*', () => seen.push('* 1'))
    chat.on('model.switched', () => seen.push('type 1'))
    chat.on('*', () => seen.push('* 2'))
    chat.on('model.switched', () => seen.push('type 2'))
    chat.setModel('m2')
    await settled()
    expect(seen).toEqual(['type 1', 'type 2', '* 1', '* 2'])
  })

  it('D5: reports a listener and a subscriber that throw or reject, and calls the others', async () => {
    const logged: unknown[] = []
    let done = () => {}
    const allLogged = new Promise<void>((resolve) => {
      done = resolve
    })
    const log = (_: string, error: unknown) => void (logged.push(error) === 3 && done())
    const { chat } = start({ logger: { warn: log, error: log } })
    const seen: string[] = []
    chat.on('model.switched', () => {
      throw new Error('listener')
    })
    chat.on('model.switched', (() => Promise.reject(new Error('async listener'))) as () => void)
    chat.on('model.switched', () => seen.push('listener'))
    chat.subscribe(() => {
      throw new Error('subscriber')
    })
    chat.subscribe(() => seen.push('subscriber'))
    chat.setModel('m2')
    await allLogged
    expect(seen).toEqual(['subscriber', 'listener'])
    expect(logged).toEqual([
      expect.objectContaining({ code: 'listener-failed', cause: new Error('subscriber') }),
      expect.objectContaining({ code: 'listener-failed', cause: new Error('listener') }),
      expect.objectContaining({ code: 'listener-failed', cause: new Error('async listener') }),
    ])
  })

  it('D6: calls the listeners to the last event of a turn before an awaited turn resumes', async () => {
    const { chat, ask } = start()
    const seen: string[] = []
    chat.on('turn.completed', () => seen.push('listener'))
    chat.on('*', ({ type }) => void (type === 'turn.completed' && seen.push('listener to *')))
    const { turn, reply } = await ask('Hello')
    const awaited = turn.then(() => seen.push('awaited'))
    reply.answer('Hi')
    await awaited
    expect(seen).toEqual(['listener', 'listener to *', 'awaited'])
  })

  it('D7: calls subscribers once for the changes of one tick, before the events that were stored for them', async () => {
    const { chat } = start()
    const seen: string[] = []
    chat.subscribe(() => seen.push(`subscriber: ${chat.model}`))
    chat.on('model.switched', ({ to }) => seen.push(to))
    chat.setModel('m2')
    chat.setModel('m3')
    await settled()
    expect(seen).toEqual(['subscriber: m3', 'm2', 'm3'])
  })

  it('D7: calls subscribers at most once in 33 ms while a reply grows', async () => {
    const { chat, clock, ask } = start()
    const { reply } = await ask('Hello')
    const arrived = (last: string) =>
      new Promise<void>((resolve) => chat.on('delta', ({ text }) => void (text === last && resolve())))
    reply.say('a')
    await arrived('a')
    let calls = 0
    chat.subscribe(() => calls++)
    for (const text of ['b', 'c']) reply.push({ type: 'block.delta', index: 0, kind: 'text', text })
    await arrived('c')
    expect(calls).toBe(0)
    clock.increment(33)
    expect(calls).toBe(1)
    clock.increment(100)
    expect(calls).toBe(1)
  })

  it('D7: calls no subscriber for an event that changes nothing', async () => {
    const { chat, ask } = start()
    await ask('Hello')
    let calls = 0
    chat.subscribe(() => calls++)
    expect(codeOf(() => chat.sendMessage('too early'))).toBe('conversation-busy')
    await settled()
    expect(calls).toBe(0)
  })

  it('D8: settles and delivers what is left at the end, calls subscribers once more, and delivers nothing after', async () => {
    const { chat, ask } = start()
    const seen: string[] = []
    const { turn } = await ask('Hello')
    await settled()
    chat.on('*', ({ type }) => void (type !== 'state' && seen.push(type)))
    chat.subscribe(() => seen.push(`subscriber: ${chat.status}`))
    void turn.then(({ status }) => seen.push(`awaited: ${status}`))
    await chat.close()
    await settled()
    expect(seen.filter((each) => each !== 'subscriber: closed')).toEqual(['turn.stopped', 'awaited: stopped'])
    expect(seen.lastIndexOf('subscriber: closed')).toBeLessThan(seen.indexOf('awaited: stopped'))
  })

  it('D9: reports a message that is not taken by what sendMessage throws, and by no event', async () => {
    const { chat, ask } = start()
    await ask('Hello')
    const seen: string[] = []
    chat.on('*', ({ type }) => seen.push(type))
    expect(codeOf(() => chat.sendMessage('too early'))).toBe('conversation-busy')
    await settled()
    expect(seen).toEqual([])
  })
})
