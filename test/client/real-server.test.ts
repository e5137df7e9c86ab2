// The client and the server of this package, with a model that the test answers by hand.
import { afterEach, describe, expect, it } from 'vitest'
import { type ClientConversation, connectConversation, type ConnectOptions } from '../../src/client/index.ts'
import { memoryStore } from '../../src/index.ts'
import { serve } from '../../src/server/index.ts'
import { collect, until } from '../conversation/start.ts'
import { allOf, staged } from '../server/stage.ts'

const running: { close(): Promise<void> }[] = []
const kept = <T extends { close(): Promise<void> }>(one: T): T => {
  running.push(one)
  return one
}

afterEach(async () => {
  for (const each of running.splice(0).toReversed()) await each.close()
})

type Stage = ReturnType<typeof staged>

const stage = (...given: Parameters<typeof staged>): Stage => {
  const world = staged(...given)
  running.push(world.server)
  return world
}

/** A client whose requests a server answers without a network. */
const clientOf = ({ server }: Stage, options: Partial<ConnectOptions> = {}): ClientConversation =>
  kept(
    connectConversation({
      url: 'http://localhost',
      fetch: async (url, init) => server.fetch(new Request(url, init)),
      ...options,
    }),
  )

const textOf = ({ messages }: ClientConversation): string =>
  (messages.at(-1)?.parts ?? []).map((part) => ('text' in part ? part.text : part.type)).join('|')

describe('the client of the real server', () => {
  it('shows each part of a reply apart while it grows', async () => {
    const world = stage()
    const chat = clientOf(world)
    const turn = chat.sendMessage('Hello')
    const reply = await world.asked(1)
    const parts = () => JSON.stringify(chat.messages.at(-1)?.parts.map((part) => Object.values(part)))
    reply.say('One')
    await until(chat, () => parts() === '[["text","One"]]')
    reply.push(
      { type: 'block.stopped', index: 0 },
      { type: 'block.started', index: 1, block: { type: 'text', text: '' } },
      { type: 'block.delta', index: 1, kind: 'text', text: 'Two' },
    )
    await until(chat, () => parts() === '[["text","One"],["text","Two"]]')
    for (const index of [2, 3]) {
      reply.push(
        { type: 'block.stopped', index: index - 1 },
        { type: 'block.started', index, block: { type: 'tool_use', id: `call${index}`, name: 'look', input: {} } },
        { type: 'block.delta', index, kind: 'toolInput', text: `{"at":${index}` },
      )
      await until(chat, () => parts()?.includes(`:${index}"]`) ?? false)
      reply.push({ type: 'block.delta', index, kind: 'toolInput', text: '}' })
      await until(chat, () => parts()?.includes(`:${index}}"]`) ?? false)
    }
    await until(chat, () => parts()?.endsWith('"look",{"at":2}],["tool-call","call3","look","{\\"at\\":3}"]]') ?? false)
    await chat.stop()
    expect((await turn).status).toBe('stopped')
  })

  it('ends when the conversation is deleted, says why, and asks no more', async () => {
    const world = stage()
    const asked: string[] = []
    const chat = clientOf(world, {
      id: 'c1',
      create: true,
      fetch: async (url, init) => {
        const request = new Request(url, init)
        asked.push(request.url)
        return world.server.fetch(request)
      },
    })
    const turn = chat.sendMessage('Hello')
    ;(await world.asked(1)).answer('Good day')
    expect((await turn).status).toBe('completed')
    expect((await world.json('DELETE', '/v1/conversations/c1')).status).toBe(204)
    await until(chat, () => chat.connection === 'closed')
    expect(chat.error).toMatchObject({ code: 'conversation-unknown', message: 'The conversation was deleted.' })
    expect([chat.status, chat.canSend, chat.messages.length]).toEqual(['closed', false, 2])
    expect(() => chat.sendMessage('More')).toThrow(expect.objectContaining({ code: 'conversation-unknown' }))
    const count = asked.length
    expect((await world.json('POST', '/v1/conversations', { id: 'c1' })).status).toBe(201)
    expect(asked).toHaveLength(count)
  })

  it('creates a conversation, sends, streams and has the outcome', async () => {
    const world = stage()
    const chat = clientOf(world)
    const turn = chat.sendMessage('Hello')
    const reply = await world.asked(1)
    reply.say('Good ', 'day')
    await until(chat, () => textOf(chat) === 'Good day')
    expect(chat.status).toBe('streaming')
    reply.say('.')
    reply.stop('end_turn')
    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'completed', text: 'Good day.' })
    expect(chat).toMatchObject({ status: 'ready', canSend: true, title: 'Hello' })
    const events = await collect(turn)
    expect(events.map(({ type }) => type)).toContain('delta')
    expect(events.at(-1)).toMatchObject({ type: 'turn.completed', outcome: { text: 'Good day.' } })
    const { body } = await world.json('GET', `/v1/conversations/${chat.id}`)
    expect(chat.messages).toEqual(body.messages)
  })

  it('takes back what was refused, and has the refusal, the reset and a good turn after it', async () => {
    const world = stage()
    const chat = clientOf(world)
    const turn = chat.sendMessage('Something bad')
    const reply = await world.asked(1)
    reply.say('Well, first you')
    await until(chat, () => textOf(chat) !== '' && chat.status === 'streaming')
    reply.push({
      type: 'message.delta',
      stopReason: 'refusal',
      stopDetails: { category: 'cyber', explanation: null },
      usage: { outputTokens: 5 },
    } as never)
    reply.end()
    const outcome = await turn
    expect(outcome).toMatchObject({ status: 'refused', text: '', refusal: { textShown: true } })
    expect(JSON.stringify([chat.messages, outcome])).not.toContain('first you')
    expect(chat.messages.at(-1)).toMatchObject({ status: 'retracted', parts: [] })
    const again = chat.sendMessage('Something good')
    ;(await world.asked(2)).answer('Gladly.')
    expect(await again).toMatchObject({ status: 'completed', text: 'Gladly.' })
  })

  it('waits for a person, who decides about a refusal', async () => {
    const world = stage({ onRefusal: 'manual' } as object)
    const chat = clientOf(world)
    const turn = chat.sendMessage('Something bad')
    const reply = await world.asked(1)
    reply.push({ type: 'message.started', model: 'm1', usage: { inputTokens: 1 } }, {
      type: 'message.delta',
      stopReason: 'refusal',
      usage: { outputTokens: 1 },
    } as never)
    reply.end()
    expect(await turn).toMatchObject({ status: 'refused' })
    await until(chat, () => chat.status === 'refused')
    expect(chat.refusal).toMatchObject({ policy: 'manual' })
    await chat.resolveRefusal('drop-turn')
    expect(chat).toMatchObject({ status: 'ready', error: null })
    await expect(chat.resolveRefusal('drop-turn')).rejects.toMatchObject({ code: 'no-refusal' })
  })

  it('queues, withdraws, stops, retries, regenerates and edits', async () => {
    const world = stage()
    const chat = clientOf(world)
    const first = chat.sendMessage('one')
    const second = chat.sendMessage('two')
    const third = chat.sendMessage('three')
    const reply = await world.asked(1)
    await until(chat, () => chat.queue.length === 2)
    await chat.withdraw(third.id)
    expect(await third).toMatchObject({ status: 'stopped', error: { code: 'input-withdrawn' } })
    reply.say('One')
    await until(chat, () => textOf(chat) === 'One')
    await chat.stop()
    expect(await first).toMatchObject({ status: 'stopped', text: 'One' })
    ;(await world.asked(2)).answer('Two.')
    expect(await second).toMatchObject({ status: 'completed', text: 'Two.' })
    const again = chat.regenerate()
    ;(await world.asked(3)).answer('Two again.')
    expect(await again).toMatchObject({ status: 'completed', text: 'Two again.' })
    const edited = chat.editMessage(second.id, 'two, please')
    ;(await world.asked(4)).answer('Two, at your service.')
    expect(await edited).toMatchObject({ status: 'completed', text: 'Two, at your service.' })
    const branches = await chat.branches(again.id)
    expect(branches.map(({ turnId }) => turnId)).toEqual([second.id, again.id, edited.id])
    expect(branches.map(({ current }) => current)).toEqual([false, false, true])
    await expect(chat.branches('nowhere')).rejects.toMatchObject({ code: 'turn-unknown' })
    await chat.switchTo(again.id)
    const fork = kept(await chat.fork(again.id))
    await fork.connected()
    expect(fork.messages.length).toBeGreaterThan(0)
    await chat.setTitle('Counting')
    expect(chat.title).toBe('Counting')
    await chat.setModel('m2')
    expect(chat.model).toBe('m2')
    await chat.clear()
  })

  it('fails a message that the server does not take', async () => {
    const chat = clientOf(stage())
    expect(await chat.sendMessage('  ')).toMatchObject({ status: 'failed', error: { code: 'message-empty' } })
    expect(await chat.retry()).toMatchObject({ status: 'failed', error: { code: 'nothing-to-retry' } })
    await expect(chat.switchTo('nowhere')).rejects.toMatchObject({ code: 'turn-unknown' })
    await expect(clientOf(stage(), { id: 'unknown' }).connected()).rejects.toMatchObject({
      code: 'conversation-unknown',
    })
  })

  it('shows the same to two clients, also to one that comes in the middle of a reply', async () => {
    const world = stage()
    const one = clientOf(world, { id: 'c1', create: true })
    await one.connected()
    const two = clientOf(world, { id: 'c1' })
    const turn = one.sendMessage('Hello')
    const reply = await world.asked(1)
    reply.say('Good')
    await until(one, () => textOf(one) === 'Good')
    const three = clientOf(world, { id: 'c1' })
    await three.connected()
    reply.say(' day')
    await Promise.all([one, two, three].map((chat) => until(chat, () => textOf(chat) === 'Good day')))
    reply.stop('end_turn')
    await turn
    await Promise.all([one, two, three].map((chat) => until(chat, () => chat.status === 'ready')))
    expect(two.messages).toEqual(one.messages)
    expect(three.messages).toEqual(one.messages)
  })

  it('resumes at another server on the same store, and has the outcome that was settled meanwhile', async () => {
    const store = memoryStore()
    const first = stage({}, store)
    const second = stage({}, store)
    let at = first
    let isDown = false
    const chat = clientOf(first, {
      id: 'c1',
      create: true,
      fetch: async (url, init) => {
        if (isDown) throw new TypeError('fetch failed')
        return at.server.fetch(new Request(url, init))
      },
    })
    const turn = chat.sendMessage('Hello')
    const reply = await first.asked(1)
    reply.say('Good day')
    await until(chat, () => textOf(chat) === 'Good day')
    isDown = true
    reply.stop('end_turn')
    await first.server.close()
    await until(chat, () => chat.connection === 'offline')
    const offline = chat.sendMessage('Still there?')
    at = second
    isDown = false
    expect(await turn).toMatchObject({ status: 'completed', text: 'Good day' })
    ;(await second.asked(1)).answer('Of course.')
    expect(await offline).toMatchObject({ status: 'completed', text: 'Of course.' })
    expect(chat.messages).toHaveLength(4)
  })

  it('works over a network', async () => {
    const world = stage()
    const { url } = kept(await serve(world.server, { port: 0 }))
    const chat = kept(connectConversation({ url }))
    const turn = chat.sendMessage({ text: 'Look', files: [new File(['bees'], 'bees.txt', { type: 'text/plain' })] })
    const reply = await world.asked(1)
    expect(JSON.stringify(reply.request.messages)).toContain('bees')
    reply.answer('Bees.')
    expect(await turn).toMatchObject({ status: 'completed', text: 'Bees.' })
    const response = await fetch(`${url}/v1/conversations/${chat.id}/events?turn=${turn.id}`)
    expect((await allOf(response)).at(-1)?.event).toBe('turn.completed')
  })
})
