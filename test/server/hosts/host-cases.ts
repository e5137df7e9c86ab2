// What every host of a server keeps: whoever runs the turns, clients see no difference.
import { afterAll, expect, it } from 'vitest'
import { z } from 'zod'
import { type Store, tool } from '../../../src/index.ts'
import type { Host } from '../../../src/server/index.ts'
import { allOf, eventsOf, staged, upTo } from '../stage.ts'

/** A host of a server, and the store that it needs. */
export interface HostUnderTest {
  readonly host: () => Host
  readonly store: () => Store
}

const keyed = (key: string) => ({ 'idempotency-key': key })
const later = { prefer: 'respond-async' }

/** A tool that runs once a person has approved it. */
function approved() {
  const runs: string[] = []
  const send = tool({
    name: 'send',
    input: z.object({}),
    needsApproval: true,
    run: (_input, { callId }) => {
      runs.push(callId)
      return 'sent'
    },
  })
  return { send, runs }
}

/** Defines a test for each thing that a host keeps. One server serves them all, each with conversations of its own. */
export function hostCases(name: string, { host, store }: HostUnderTest): void {
  const { send, runs } = approved()
  const served = staged(
    { host: host(), tools: [send], authorize: ({ headers }) => ({ id: headers.get('user') ?? 'anna' }) },
    store(),
  )
  const { ask, json, created, asked, server } = served
  let replies = 0
  /** The next request to the model. */
  const request = () => asked(++replies)

  afterAll(async () => {
    await server.close()
    await served.store.close()
  })

  it(`${name} takes requests once it is ready`, async () => {
    await server.ready()
    expect((await ask('GET', '/readyz')).status).toBe(200)
  })

  it(`${name} streams a message up to its outcome`, async () => {
    const at = await created('streamed')
    const response = await ask('POST', `${at}/messages`, { input: 'Hello' })
    const reply = await request()
    reply.answer('Hello yourself')
    const events = await allOf(response)
    expect(events.at(-1)?.event).toBe('turn.completed')
    expect(events.at(-1)?.data.outcome.text).toBe('Hello yourself')
    expect(
      events
        .filter(({ event }) => event === 'delta')
        .map(({ data }) => data.text)
        .join(''),
    ).toBe('Hello yourself')
  })

  it(`${name} opens one turn for a key, however often it is sent`, async () => {
    const at = await created('keyed')
    const first = json('POST', `${at}/messages`, { input: 'Once' }, { ...keyed('k'), ...later })
    const again = json('POST', `${at}/messages`, { input: 'Once' }, { ...keyed('k'), ...later })
    const [{ body }, { body: same }] = await Promise.all([first, again])
    expect(same.turnId).toBe(body.turnId)
    const reply = await request()
    reply.answer('Once only')
    const events = await allOf(await ask('GET', `${at}/events?turn=${body.turnId}`))
    expect(events.at(-1)?.data.outcome.text).toBe('Once only')
    const other = await json('POST', `${at}/messages`, { input: 'Something else' }, { ...keyed('k'), ...later })
    expect([other.status, other.body.code]).toEqual([422, 'idempotency-mismatch'])
    expect(served.replies).toHaveLength(replies)
  })

  it(`${name} runs the turns of a conversation one at a time, in the order in which they were asked for`, async () => {
    const at = await created('ordered')
    const sent: string[] = []
    for (const input of ['one', 'two', 'three'])
      sent.push((await json('POST', `${at}/messages`, { input }, later)).body.turnId)
    const order: string[] = []
    for (const turnId of sent) {
      const reply = await request()
      expect(served.replies).toHaveLength(replies)
      reply.answer('So it is')
      const events = await allOf(await ask('GET', `${at}/events?turn=${turnId}`))
      order.push(events.at(-1)?.data.message)
    }
    expect(order).toEqual(sent)
  })

  it(`${name} has a stop reach the turn in progress`, async () => {
    const at = await created('stopped')
    const events = eventsOf(await ask('POST', `${at}/messages`, { input: 'Count to a million' }))
    const reply = await request()
    reply.say('One, two')
    await upTo(events, 'delta')
    expect((await json('POST', `${at}/stop`, {})).status).toBe(200)
    const [last] = (await upTo(events, 'turn.stopped')).slice(-1)
    expect(last?.data.outcome.status).toBe('stopped')
    expect((await json('GET', at)).body.status).toBe('ready')
  })

  it(`${name} waits for a person, and goes on once the person has decided`, async () => {
    const at = await created('approved')
    const { body } = await json('POST', `${at}/messages`, { input: 'Send it' }, later)
    const reply = await request()
    reply.give([{ type: 'tool_use', id: 'toolu_1', name: 'send', input: {} }])
    await expect.poll(async () => (await json('GET', at)).body.status).toBe('awaiting-approval')
    expect(runs).toEqual([])
    expect((await json('POST', `${at}/approvals/toolu_1`, { approved: true })).status).toBe(200)
    const second = await request()
    second.answer('It is sent')
    const events = await allOf(await ask('GET', `${at}/events?turn=${body.turnId}`))
    expect(events.at(-1)?.data.outcome.text).toBe('It is sent')
    expect(runs).toEqual(['toolu_1'])
  })

  it(`${name} shows a viewer each outcome once, and a refusal without its text`, async () => {
    const at = await created('viewed')
    const viewer = eventsOf(await ask('GET', `${at}/events`))
    await upTo(viewer, 'conversation')
    await json('POST', `${at}/messages`, { input: 'Is it fine?' }, later)
    const fine = await request()
    fine.answer('It is')
    const first = await upTo(viewer, 'turn.completed')
    await json('POST', `${at}/messages`, { input: 'How is it made?' }, later)
    const refused = await request()
    refused.refuse('It is made of')
    const second = await upTo(viewer, 'turn.refused')
    expect(second.some(({ event }) => event === 'turn.completed')).toBe(false)
    expect(first.filter(({ event }) => event === 'turn.completed')).toHaveLength(1)
    await expect.poll(async () => (await json('GET', at)).body.status).toBe('ready')
    expect(JSON.stringify((await json('GET', at)).body)).not.toContain('It is made of')
    expect((await json('GET', `${at}/history`)).body.history).toHaveLength(2)
    await viewer.return()
  })

  it(`${name} has a fork answered like any other conversation`, async () => {
    const at = await created('parent')
    await json('POST', `${at}/messages`, { input: 'Begin' }, later)
    const reply = await request()
    reply.answer('Begun')
    await expect.poll(async () => (await json('GET', at)).body.status).toBe('ready')
    const fork = await json('POST', `${at}/fork`, { id: 'child' })
    expect([fork.status, fork.body.status, fork.body.messages.length]).toEqual([201, 'ready', 2])
    const response = await ask('POST', '/v1/conversations/child/messages', { input: 'Go on' })
    const second = await request()
    second.answer('Gone on')
    expect((await allOf(response)).at(-1)?.data.outcome.text).toBe('Gone on')
  })

  it(`${name} tells nobody of a conversation that is not there, or not theirs`, async () => {
    const at = await created('private')
    for (const [path, user] of [
      [`${at}/history`, 'ben'],
      ['/v1/conversations/nowhere/history', 'anna'],
    ] as const) {
      const { status, body } = await json('GET', path, undefined, { user })
      expect([status, body.code]).toEqual([404, 'conversation-unknown'])
    }
    const { status } = await json('POST', `${at}/messages`, { input: 'Mine now' }, { user: 'ben', ...later })
    expect(status).toBe(404)
  })

  it(`${name} erases a conversation, for good`, async () => {
    const at = await created('erased')
    expect((await ask('DELETE', at)).status).toBe(204)
    expect((await json('GET', at)).status).toBe(404)
    expect((await json('POST', `${at}/messages`, { input: 'Still there?' }, later)).status).toBe(404)
  })
}
