import { describe, expect, it } from 'vitest'
import { fold, type TurnStatus } from '../../src/journal/index.ts'
import { calling, createWorld, reloaded, resultOf, type World } from './world.ts'

const factTypes = (world: World) => world.store.map(({ type }) => type)

describe('tool calls', () => {
  it('are given to the slot only when their reply is stored, new and in the order of the reply', () => {
    const world = createWorld()
    world.say('hi')
    world.setJournal('fails')
    world.callTools('k1', 'k2')
    expect([world.state, world.toolRuns]).toEqual(['tools.unsaved', []])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(factTypes(world).at(-1)).toBe('reply.recorded')
    expect(world.toolRuns.map(({ input }) => input)).toEqual([
      {
        turnId: 't1',
        calls: [
          { callId: 'k1', name: 'look', input: {}, state: 'new' },
          { callId: 'k2', name: 'look', input: {}, state: 'new' },
        ],
        limit: 8,
      },
    ])
  })

  it.each([[['k1', 'k2', 'k3']], [['k3', 'k2', 'k1']], [['k2', 'k3', 'k1']]])(
    'that settle in the order %o are recorded as they come, and sent in the order of the calls',
    (order) => {
      const world = calling('k1', 'k2', 'k3')
      for (const [index, id] of order.entries()) {
        world.settle(id, `of ${id}`)
        expect(factTypes(world).filter((type) => type === 'toolResults.recorded')).toHaveLength(index + 1)
      }
      expect(world.state).toBe('streaming.opening')
      expect(world.messages().at(-1)).toEqual([
        'user',
        [resultOf('k1', 'of k1'), resultOf('k2', 'of k2'), resultOf('k3', 'of k3')],
      ])
      expect(world.told('toolCall.settled').map(({ callId, name }) => [callId, name])).toEqual(
        order.map((id) => [id, 'look']),
      )
    },
  )

  it('are followed by the next request only when all have settled', () => {
    const world = calling('k1', 'k2')
    world.settle('k2')
    expect([world.state, world.replies.length]).toEqual(['tools.running.working', 1])
    world.settle('k1')
    expect([world.state, world.replies.length]).toEqual(['streaming.opening', 2])
  })

  it('settle once: a second result, and one that nobody asked for, are not recorded', () => {
    const world = calling('k1', 'k2')
    world.settle('k1', 'first')
    world.settle('k1', 'second')
    world.settle('k9')
    world.settle('k2')
    expect(world.messages().at(-1)).toEqual(['user', [resultOf('k1', 'first'), resultOf('k2')]])
    expect(world.told('toolCall.settled')).toHaveLength(2)
  })

  it('with the same id each take a result, in order', () => {
    const world = calling('k', 'k')
    world.settle('k', 'a')
    expect(world.state).toBe('tools.running.working')
    world.settle('k', 'b')
    world.settle('k', 'c')
    expect(world.messages().at(-1)).toEqual(['user', [resultOf('k', 'a'), resultOf('k_2', 'b')]])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('with the same id that wait for a person leave a readable journal', () => {
    const world = calling('k', 'k')
    world.needApproval('k', 'k')
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('are emitted as they start, and with their status once their end is stored', () => {
    const world = calling('k1', 'k2')
    world.toolRuns.at(-1)?.send({ type: 'tool.ready', callId: 'k1' })
    world.toolRuns.at(-1)?.send({ type: 'tool.ready', callId: 'k9' })
    expect(world.emitted.slice(1)).toEqual([
      { type: 'toolCall.started', turnId: 't1', callId: 'k1', name: 'look', input: {} },
    ])
    world.setJournal('fails')
    world.settle('k1', 'boom', 'failed')
    expect(world.told('toolCall.settled')).toEqual([])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(world.told('toolCall.settled')).toMatchObject([
      { callId: 'k1', status: 'failed', result: resultOf('k1', 'boom') },
    ])
  })

  it.each([
    ['fails', 1_000],
    ['is silent', 10_000],
  ] as const)(
    'whose results meet a journal that %s are sent once it stores them, which it is asked for every %d ms',
    (mode, wait) => {
      const world = calling('k1')
      world.setJournal(mode)
      world.settle('k1')
      world.clock.increment(wait)
      expect([world.state, world.replies.length]).toEqual(['tools.running.working', 1])
      world.setJournal('stores')
      world.clock.increment(wait - 1)
      expect([world.state, world.replies.length]).toEqual(['tools.running.working', 1])
      world.clock.increment(1)
      expect([world.state, world.context.unsaved]).toEqual(['streaming.opening', []])
      world.finish()
      expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
    },
  )

  it('are stored again about once a second while the journal fails, however much there is to store', () => {
    const world = calling('k1', 'k2', 'k3')
    world.setJournal('fails')
    world.settle('k1')
    world.needApproval('k2')
    world.settle('k3')
    const before = world.appends()
    for (let second = 0; second < 10; second++) world.clock.increment(1_000)
    expect(world.appends() - before).toBeGreaterThanOrEqual(10)
    expect(world.appends() - before).toBeLessThanOrEqual(12)
  })

  it('that have not all settled in time fail the turn, which is kept', () => {
    const world = calling('k1', 'k2')
    world.settle('k1')
    world.clock.increment(600_000)
    expect(world.state).toBe('failed.saved')
    expect(world.context.failure?.code).toBe('tools-failed')
    expect(world.toolRuns[0]?.isLive).toBe(false)
    world.say('and now?')
    expect(world.messages()[2]).toMatchObject(['user', [resultOf('k1'), { tool_use_id: 'k2', is_error: true }, {}]])
  })

  it('that start are recorded one by one, and are not part of the next request', () => {
    const world = calling('k1', 'k2')
    world.start('k2')
    expect(world.store.at(-1)).toMatchObject({ type: 'call.started', turnId: 't1', callId: 'k2' })
    expect(world.view.startedCalls).toEqual(['k2'])
    world.settle('k1')
    world.settle('k2')
    world.finish()
    expect(world.view.startedCalls).toEqual([])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it.each<readonly [string, (world: World) => unknown, TurnStatus]>([
    ['stopped', (world) => world.send({ type: 'user.stop' }), 'stopped'],
    ['failed', (world) => world.clock.increment(600_000), 'failed'],
    ['closed', (world) => world.send({ type: 'conversation.close' }), 'stopped'],
  ])('that had started when their turn was %s keep it: what they did stands', (_, cut, status) => {
    const world = calling('k1', 'k2')
    world.start('k1')
    cut(world)
    expect(world.view.turns.at(-1)).toMatchObject({ status, kept: true })
    expect(world.view.head).toBe('t1')
    expect(world.messages().at(-1)).toMatchObject([
      'user',
      [
        { tool_use_id: 'k1', is_error: true },
        { tool_use_id: 'k2', is_error: true },
      ],
    ])
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('of which none had started do not keep their turn', () => {
    const world = calling('k1')
    world.send({ type: 'user.stop' })
    expect([world.view.turns.at(-1)?.kept, world.view.head]).toEqual([false, null])
  })

  it('that had started keep their turn when the process ended', () => {
    const before = calling('k1')
    before.start('k1')
    const world = reloaded(before)
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted', kept: true })
  })

  it('that were emitted are emitted as cancelled when their turn is cut, once that is stored', () => {
    const world = calling('k1', 'k2', 'k3', 'k4', 'k5')
    world.start('k1')
    world.start('k2')
    world.settle('k2')
    world.needApproval('k3')
    world.needAnswer('k4')
    world.setJournal('fails')
    world.send({ type: 'user.stop' })
    expect(world.told('toolCall.settled').map(({ callId }) => callId)).toEqual(['k2'])
    world.setJournal('stores')
    world.clock.increment(1_000)
    expect(world.told('toolCall.settled').map(({ callId, status }) => [callId, status])).toEqual([
      ['k2', 'settled'],
      ['k1', 'cancelled'],
      ['k3', 'cancelled'],
      ['k4', 'cancelled'],
    ])
    expect(world.told('toolCall.settled')[1]).toMatchObject({
      turnId: 't1',
      name: 'look',
      result: { tool_use_id: 'k1', is_error: true },
    })
    expect(world.types().at(-1)).toBe('turn.stopped')
  })

  it('of a turn that is stopped end with it', () => {
    const world = calling('k1')
    world.send({ type: 'user.stop' })
    expect([world.state, world.toolRuns[0]?.isLive]).toEqual(['stopped.saved', false])
  })
})
