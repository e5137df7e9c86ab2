// Over WebSocket, to the real receiver of @xstate/inspect.
import { type InspectionEvent, isMachineSnapshot } from 'xstate'
import { describe, expect, it } from 'vitest'
import { xstateInspect } from '../../../src/inspect/xstate-inspect/index.ts'
import { TurnstateError } from '../../../src/index.ts'
import { nameInV4 } from '../../../src/inspect/xstate-inspect/names.ts'
import { leaves, worldIn } from '../../charts/leaves.ts'
import { start } from '../../conversation/start.ts'
import { connect, driven, look, serverForEach } from './viewers.ts'

const serving = serverForEach()

const toolUse = (id: string, name: string) => ({ type: 'tool_use', id, name, input: {} })

describe('a viewer', () => {
  it.each(leaves.filter((leaf) => !['closed', 'lost'].includes(leaf)))(
    'that connects in %s receives that state',
    async (leaf) => {
      const world = worldIn(leaf)
      xstateInspect(world, { server: serving.server })
      const viewer = look(serving.address)
      await viewer.untilRegistered(1)
      const { state, machine, sessionId } = viewer.named('conversation')
      const snapshot = world.actor.getSnapshot()
      expect(state.value).toEqual(snapshot.value)
      expect([...state.tags].toSorted()).toEqual([...snapshot.tags].toSorted())
      expect([machine.id, machine.version, machine.context]).toEqual(['conversation', '1', state.context])
      expect(state.context).toMatchObject({ id: 'c1', turns: world.view.turns.length, head: world.view.head })
      expect(state._sessionid).toBe(sessionId)
    },
  )

  it.each(['closed', 'lost'])('sees nothing of a conversation that is %s', async (leaf) => {
    xstateInspect(worldIn(leaf), { server: serving.server })
    xstateInspect(worldIn('idle', { input: { id: 'c2' } }), { server: serving.server })
    const viewer = look(serving.address)
    await viewer.untilRegistered(1)
    expect(viewer.all.map(({ type }) => type)).toEqual(['service.register'])
    expect(viewer.named('conversation').state.context).toMatchObject({ id: 'c2' })
  })

  it('follows a turn through tools, an approval, a retry and the close, state by state', async () => {
    const { tools, of } = driven()
    const states: unknown[] = []
    const events: string[] = []
    const { chat, ask, asked, clock } = start({ tools })
    chat.actor.system.inspect((inspected: InspectionEvent) => {
      if (inspected.actorRef !== chat.actor) return
      if (inspected.type === '@xstate.event') events.push(inspected.event.type)
      if (inspected.type === '@xstate.snapshot' && isMachineSnapshot(inspected.snapshot))
        states.push(inspected.snapshot.value)
    })
    xstateInspect(chat, { server: serving.server })
    const viewer = look(serving.address)
    await viewer.untilRegistered(1)

    const { turn, reply } = await ask('hi')
    reply.give([toolUse('k1', 'look'), toolUse('k2', 'ask')])
    await viewer.untilValue('call0', 'running')
    await viewer.untilValue('call1', 'awaitingApproval')
    await viewer.untilValue('conversation', { tools: { running: 'awaitingPeople' } })
    expect(viewer.named('conversation').state.tags.has('awaitingPeople')).toBe(true)
    const { sessionId } = viewer.named('conversation')
    expect(viewer.named('tools').parent).toBe(sessionId)
    expect(viewer.named('call1').parent).toBe(viewer.named('tools').sessionId)
    expect(viewer.named('call1').machine.id).toBe('toolCall')
    expect(viewer.named('tools').state.context).toEqual({ turnId: 't1', calls: 2, open: 2, queued: 0, running: 1 })

    of('k1').resolve('seen')
    chat.approveTool('k2')
    await viewer.untilValue('call1', 'running')
    of('k2').resolve('done')
    const second = await asked(2)
    second.throw(new TurnstateError('connection-lost', 'socket hang up'))
    await viewer.untilValue('conversation', 'waitingToRetry')
    clock.increment(10_000)
    const third = await asked(3)
    third.answer('well')
    expect((await turn).status).toBe('completed')
    await chat.close()
    await viewer.until(() => viewer.named('conversation').isStopped)

    const own = viewer.all.filter((event) => event.sessionId === sessionId)
    expect(own.flatMap((event) => (event.type === 'service.state' ? [event.state.value] : []))).toEqual(states)
    expect(own.flatMap((event) => (event.type === 'service.event' ? [event.event.name] : []))).toEqual(
      events.map(nameInV4),
    )
    expect([...viewer.services.values()].map(({ id, isStopped }) => [id, isStopped])).toEqual([
      ['conversation', true],
      ['tools', true],
      ['call0', true],
      ['call1', true],
    ])
    expect(own.at(-1)?.type).toBe('service.stop')
    expect(viewer.named('conversation').state.done).toBe(true)
  })

  it('receives the sender of an event and the cause of a state', async () => {
    const { chat, ask } = start({ tools: driven().tools })
    xstateInspect(chat, { server: serving.server })
    const viewer = look(serving.address)
    await viewer.untilRegistered(1)
    const { reply } = await ask('hi')
    reply.give([toolUse('k1', 'look')])
    await viewer.untilValue('call0', 'running')
    const started = viewer.all.find((event) => event.type === 'service.event' && event.event.name === 'tool.ready')
    expect(started?.type === 'service.event' && started.event).toEqual({
      name: 'tool.ready',
      data: { type: 'tool.ready', callId: 'k1' },
      $$type: 'scxml',
      type: 'external',
      origin: viewer.named('tools').sessionId,
    })
    const led = viewer.all.find((event) => event.type === 'service.state' && event.state.event.type === 'tool.ready')
    expect(led?.type === 'service.state' && led.state._event).toMatchObject({ name: 'tool.ready', $$type: 'scxml' })
    expect(led?.type === 'service.state' && led.state._event.origin).toBe(viewer.named('tools').sessionId)
  })

  it('receives every live actor each time that it connects, and nothing before', async () => {
    const { chat, ask } = start({ tools: driven().tools })
    xstateInspect(chat, { server: serving.server })
    const raw = await connect(serving.address)
    const { reply } = await ask('hi')
    reply.give([toolUse('k1', 'ask'), toolUse('k2', 'form')])
    const other = look(serving.address)
    await other.untilRegistered(1)
    await other.untilValue('call1', 'awaitingAnswer')
    expect(raw.all).toEqual([])

    raw.say({ type: 'xstate.inspecting' })
    await raw.until((all) => all.length === 4)
    raw.say({ type: 'xstate.inspecting' })
    await raw.until((all) => all.length === 8)
    expect(raw.all.map(({ type, id }) => `${type} ${String(id)}`)).toEqual([
      ...['conversation', 'tools', 'call0', 'call1'].map((id) => `service.register ${id}`),
      ...['conversation', 'tools', 'call0', 'call1'].map((id) => `service.register ${id}`),
    ])
    expect(raw.all.map(({ source }) => source)).toEqual([
      undefined,
      'runTools',
      'toolCall',
      'toolCall',
      undefined,
      'runTools',
      'toolCall',
      'toolCall',
    ])
    expect(JSON.parse(String(raw.all[2]?.['state']))).toMatchObject({
      value: 'awaitingApproval',
      _event: { name: 'needs.approval' },
    })
  })

  it('receives no deltas', async () => {
    const { chat, ask } = start()
    xstateInspect(chat, { server: serving.server })
    const viewer = look(serving.address)
    await viewer.untilRegistered(1)
    const { turn, reply } = await ask('hi')
    reply.say()
    await viewer.untilValue('conversation', { streaming: 'receiving' })
    const before = viewer.all.length
    reply.push(
      ...Array.from({ length: 500 }, () => ({ type: 'block.delta', index: 0, kind: 'text', text: 'x' }) as const),
    )
    reply.stop('end_turn')
    await turn
    await viewer.untilValue('conversation', { completed: 'saved' })
    expect(
      viewer.all.slice(before).map((event) => (event.type === 'service.event' ? event.event.name : event.type)),
    ).toEqual(['reply.finished', 'journal.saved', 'service.state', 'service.state'])
  })
})

describe('conversations that share a server', () => {
  it('have separate sessions although their ids are equal, and late ones are sent at once', async () => {
    const first = start()
    xstateInspect(first.chat, { server: serving.server })
    const viewer = look(serving.address)
    await viewer.untilRegistered(1)
    const second = start()
    xstateInspect(second.chat, { server: serving.server })
    xstateInspect(second.chat, { server: serving.server })
    await viewer.untilRegistered(3)
    void second.chat.sendMessage('hi')
    await viewer.until(
      () => [...viewer.services.values()].filter(({ state }) => state.matches('streaming')).length === 2,
    )
    expect([...viewer.services.values()].map(({ state }) => state.value)).toEqual([
      'idle',
      { streaming: 'opening' },
      { streaming: 'opening' },
    ])
  })

  it('end one by one, and the last one ends the inspection', async () => {
    const [first, second] = [
      xstateInspect(start().chat, { server: serving.server }),
      xstateInspect(start().chat, { server: serving.server }),
    ]
    const raw = await connect(serving.address)
    raw.say({ type: 'xstate.inspecting' })
    await raw.until((all) => all.length === 2)
    first.disconnect()
    first.disconnect()
    second.disconnect()
    await raw.until((all) => all.some(({ type }) => type === 'xstate.disconnect'))
    const [one, other] = raw.all.map(({ sessionId }) => sessionId)
    expect(raw.all.slice(2)).toEqual([
      { type: 'service.stop', sessionId: one },
      { type: 'service.stop', sessionId: other },
      { type: 'xstate.disconnect' },
    ])
  })

  it('continue unseen after the inspection ends', async () => {
    const { chat, exchange } = start()
    const inspection = xstateInspect(chat, { server: serving.server, allowControl: true })
    const viewer = look(serving.address)
    await viewer.untilRegistered(1)
    const { sessionId } = viewer.named('conversation')
    inspection.disconnect()
    await viewer.until(() => viewer.named('conversation').isStopped)
    const before = viewer.all.length
    viewer.control(sessionId, { type: 'model.switch', model: 'm2' })
    await exchange('hi', 'there')
    const marker = start()
    xstateInspect(marker.chat, { server: serving.server })
    await viewer.untilRegistered(2)
    expect(viewer.all.slice(before).map(({ type }) => type)).toEqual(['service.register'])
    expect(chat.model).toBe('m1')
  })
})
