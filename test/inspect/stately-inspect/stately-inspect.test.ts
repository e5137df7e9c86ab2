// With the real receiver of @statelyai/inspect, over WebSocket and over functions.
import { createWebSocketReceiver } from '@statelyai/inspect'
import { type AnyStateMachine, createMachine } from 'xstate'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type StatelyMessage, statelyInspect } from '../../../src/inspect/stately-inspect/index.ts'
import { v5Definition } from '../../../src/inspect/stately-inspect/definition.ts'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../../machines/index.ts'
import { TurnstateError } from '../../../src/index.ts'
import { leaves, worldIn } from '../../charts/leaves.ts'
import { start } from '../../conversation/start.ts'
import { keeper } from '../fixtures.ts'
import { turn as tick } from '../../tools/fixtures.ts'
import { nodesOf } from '../xstate-inspect/v4.ts'
import { connect, driven, serverForEach } from '../xstate-inspect/viewers.ts'

const serving = serverForEach()

const receive = (at: string) => {
  const kept = keeper<StatelyMessage>()
  createWebSocketReceiver({ server: `ws://${at}` }).subscribe((message) => kept.add(message as StatelyMessage))
  return kept
}

const shortly = ({ type, event, snapshot, name }: StatelyMessage): string =>
  [type.replace('@xstate.', ''), name ?? event?.type, snapshot && JSON.stringify(snapshot.value)]
    .filter(Boolean)
    .join(' ')

const toolUse = (id: string, name: string) => ({ type: 'tool_use', id, name, input: { a: 'secret' } })

describe('a receiver of @statelyai/inspect', () => {
  it('follows a conversation and its tool calls, state by state', async () => {
    const { chat, ask, asked } = start({ tools: driven().tools })
    await statelyInspect(chat, { server: serving.server })
    const { all, until } = receive(serving.address)
    await until((got) => got.length === 1)
    const { turn, reply } = await ask('hi')
    reply.give([toolUse('k1', 'form')])
    await until((got) => got.some((message) => message.snapshot?.value === 'awaitingAnswer'))
    chat.answerTool('k1', 'yes')
    ;(await asked(2)).answer('well')
    await turn
    await chat.close()
    await until((got) =>
      got.some(({ sessionId, snapshot }) => sessionId === got[0]?.sessionId && snapshot?.status === 'done'),
    )

    const root = all[0]?.sessionId ?? ''
    expect(
      all.filter(({ type }) => type === '@xstate.actor').map(({ name, parentId, rootId }) => [name, parentId, rootId]),
    ).toEqual([
      ['conversation', undefined, root],
      ['tools', root, root],
      ['call0', all.find(({ name }) => name === 'tools')?.sessionId, root],
    ])
    const own = all.filter(({ sessionId }) => sessionId === root).map(shortly)
    expect(own.slice(0, 5)).toEqual([
      'actor conversation "idle"',
      'event user.send',
      'event journal.saved',
      'snapshot user.send {"asking":"saving"}',
      'snapshot journal.saved {"streaming":"opening"}',
    ])
    expect(own.at(-1)).toBe('snapshot conversation.close "closed"')
    expect(all.find(({ event, type }) => type === '@xstate.event' && event?.type === 'tool.settled')?.sourceId).toBe(
      all.find(({ name }) => name === 'tools')?.sessionId,
    )
    expect(JSON.stringify(all)).not.toMatch(/secret|"hi"|well|yes/)
  })

  it.each(leaves.filter((leaf) => !['closed', 'lost'].includes(leaf)))(
    'that connects in %s receives that state',
    async (leaf) => {
      const world = worldIn(leaf)
      await statelyInspect(world, { server: serving.server })
      const { all, until } = receive(serving.address)
      await until((got) => got.length === 1)
      expect(all[0]?.snapshot).toMatchObject({ status: 'active', value: world.actor.getSnapshot().value })
    },
  )

  it('that connects late receives earlier events in order, with their times', async () => {
    const { chat, exchange } = start()
    const live: StatelyMessage[] = []
    await statelyInspect(chat, { server: serving.server })
    await statelyInspect(chat, { send: (message) => void live.push(message) })
    await exchange('one', 'two')
    const { all, until } = receive(serving.address)
    await until((got) => got.length === live.length)
    expect(all.map(shortly)).toEqual(live.map(shortly))
    expect(all.map(({ createdAt }) => Number(createdAt))).toEqual(
      all.map(({ createdAt }) => Number(createdAt)).toSorted((a, b) => a - b),
    )
  })

  it('that connects very late receives the last events, after the state before them', async () => {
    const { chat, exchange } = start({ tools: driven().tools })
    await statelyInspect(chat, { server: serving.server, replay: 3 })
    for (let n = 0; n < 5; n++) await exchange('one', 'two')
    const { all, until } = receive(serving.address)
    await until((got) => got.length === 4)
    expect(all.map(shortly)).toEqual([
      'actor conversation {"streaming":"receiving"}',
      'event journal.saved',
      'snapshot reply.finished {"completed":"saving"}',
      'snapshot journal.saved {"completed":"saved"}',
    ])
    const none = start()
    await statelyInspect(none.chat, { server: serving.server, replay: 0 })
    none.chat.setModel('m2')
    const late = await connect(serving.address)
    await late.until((got) => got.length === 5)
    expect(late.all[4]).toMatchObject({ type: '@xstate.actor', snapshot: { context: { model: 'm2' } } })
  })
})

describe('the sent events', () => {
  it('contain texts with includeText', async () => {
    const { chat, ask } = start({ tools: driven().tools })
    const sent: StatelyMessage[] = []
    await statelyInspect(chat, { send: (message) => void sent.push(message), includeText: true })
    const { reply } = await ask('the question')
    reply.give([toolUse('k1', 'form')])
    for (let n = 0; n < 5; n++) await tick()
    expect(JSON.stringify(sent)).toMatch(/the question.*secret/)
  })

  it('cover machines only, or every actor', async () => {
    const [machines, every]: [StatelyMessage[], StatelyMessage[]] = [[], []]
    const { chat, exchange } = start()
    await statelyInspect(chat, { send: (message) => void machines.push(message) })
    await statelyInspect(chat, { send: (message) => void every.push(message), actors: 'all' })
    await exchange('secret', 'secret')
    const names = (messages: readonly StatelyMessage[]) => messages.flatMap(({ name }) => name ?? [])
    expect(names(machines)).toEqual(['conversation'])
    expect(names(every)).toEqual(['conversation', 'start', 'journal', 'reply'])
    expect(JSON.stringify(every)).not.toContain('secret')
  })

  it('pass a filter, which sees them as they would be sent', async () => {
    const { chat, exchange } = start()
    const sent: StatelyMessage[] = []
    await statelyInspect(chat, {
      send: (message) => void sent.push(message),
      filter: ({ type, name, rootId }) => type === '@xstate.actor' && name === 'conversation' && rootId !== undefined,
    })
    await exchange('one', 'two')
    expect(sent.map(shortly)).toEqual(['actor conversation "idle"'])
  })

  it('do no harm with a function that throws, a viewer that sends messages, and a repeated end', async () => {
    const { chat, exchange } = start()
    let sends = 0
    const send = () => {
      sends++
      throw new Error('no')
    }
    const inspection = await statelyInspect(chat, { send })
    await statelyInspect(chat, { server: serving.server })
    const raw = await connect(serving.address)
    raw.say({ type: 'xstate.event', event: '{"type":"context.clear"}' })
    raw.socket.send('no JSON')
    await exchange('one', 'two')
    expect(chat.messages.length).toBe(2)
    const before = sends
    inspection.disconnect()
    inspection.disconnect()
    chat.setModel('m2')
    expect(sends).toBe(before)
  })

  it.each([conversationMachine, toolCallsMachine, toolCallMachine] as readonly unknown[] as readonly AnyStateMachine[])(
    'define a machine that XState 5 accepts: $id',
    (machine) => {
      const made = createMachine(JSON.parse(JSON.stringify(v5Definition(machine)))) as AnyStateMachine
      const outline = (one: AnyStateMachine) =>
        nodesOf(one).map((node) => [
          node.id,
          node.type,
          node.tags,
          node.invoke.map(({ id, src }) => [id, src]),
          [...node.transitions].map(([event, list]) => [
            event,
            list.map(({ target, reenter }) => [target?.map(({ id }) => id), reenter]),
          ]),
        ])
      expect(outline(made)).toEqual(outline(machine))
      expect(JSON.stringify(v5Definition(machine))).not.toMatch(/params|The /)
    },
  )

  it('contain complete definitions of any depth', async () => {
    const sent: StatelyMessage[] = []
    await statelyInspect(start().chat, { send: (message) => void sent.push(message) })
    expect(JSON.parse(sent[0]?.definition ?? '')).toEqual(
      JSON.parse(JSON.stringify(v5Definition(conversationMachine as AnyStateMachine))),
    )
  })
})

describe('without @statelyai/inspect', () => {
  afterEach(() => {
    vi.doUnmock('@statelyai/inspect')
    vi.resetModules()
  })

  it('the error says how to install it', async () => {
    vi.resetModules()
    vi.doMock('@statelyai/inspect', () => {
      throw new Error('Cannot find package')
    })
    const { statelyInspect: without } = await import('../../../src/inspect/stately-inspect/index.ts')
    const failure: unknown = await without(start().chat, { server: serving.server }).catch((error: unknown) => error)
    expect(TurnstateError.is(failure) && [failure.code, failure.message]).toEqual([
      'not-available',
      expect.stringContaining('npm install @statelyai/inspect'),
    ])
  })
})
