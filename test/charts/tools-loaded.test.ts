import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { calling, reloaded, restored, type World } from './world.ts'

const statesOfCalls = (world: World) => world.toolRuns.at(-1)?.input.calls.map(({ callId, state }) => [callId, state])
const approve = (world: World, callId: string) => world.send({ type: 'tool.approve', callId })

describe('a journal that is loaded', () => {
  it('while approvals wait keeps waiting; a call that has started is not run again, one that has not is new', () => {
    const before = calling('k1', 'k2', 'k3', 'k4', 'k5')
    before.settle('k1')
    before.needApproval('k2')
    before.start('k3')
    before.needAnswer('k4')
    const world = reloaded(before)
    expect(world.state).toBe('tools.running.awaitingPeople')
    expect(statesOfCalls(world)).toEqual([
      ['k2', 'awaitingApproval'],
      ['k3', 'interrupted'],
      ['k4', 'awaitingAnswer'],
      ['k5', 'new'],
    ])
    expect([world.emitted, world.replies]).toEqual([[], []])
  })

  it('while approvals wait can be decided, and the turn continues', () => {
    const before = calling('k1')
    before.needApproval('k1')
    const world = reloaded(before)
    approve(world, 'k1')
    expect(world.toolCommands).toEqual([{ type: 'call.approve', callId: 'k1' }])
    world.settle('k1')
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('with calls that were decided and have not started gives the tools the decisions, with the reason', () => {
    const before = calling('k1', 'k2', 'k3')
    before.needApproval('k1', 'k2', 'k3')
    approve(before, 'k1')
    before.send({ type: 'tool.deny', callId: 'k2', reason: 'not today' })
    const world = reloaded(before)
    expect(world.state).toBe('tools.running.awaitingPeople')
    expect(world.toolRuns.map(({ input }) => input.calls)).toMatchObject([
      [
        { callId: 'k1', state: 'approved' },
        { callId: 'k2', state: 'denied', reason: 'not today' },
        { callId: 'k3', state: 'awaitingApproval' },
      ],
    ])
  })

  it('with an approved call that has not started runs it, and the turn continues', () => {
    const before = calling('k1')
    before.needApproval('k1')
    approve(before, 'k1')
    const world = reloaded(before)
    expect([world.state, statesOfCalls(world)]).toEqual(['tools.running.working', [['k1', 'approved']]])
    world.start('k1')
    expect(world.toolCommands).toEqual([{ type: 'call.start', callId: 'k1' }])
    world.settle('k1')
    world.finish()
    expect(world.state).toBe('completed.saved')
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it.each([
    ['has settled and the other one has not started', (world: World) => world.settle('k1')],
    ['has started', (world: World) => world.start('k1')],
    [
      'was approved and has started',
      (world: World) => (world.needApproval('k1'), approve(world, 'k1'), world.start('k1')),
    ],
    ['was denied', (world: World) => (world.needApproval('k1'), world.send({ type: 'tool.deny', callId: 'k1' }))],
  ])('while a call %s and nothing waits comes up as failed, interrupted', (_, go) => {
    const before = calling('k1', 'k2')
    go(before)
    const world = reloaded(before)
    expect(world.state).toBe('failed.saved')
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted', failure: { code: 'interrupted' } })
    expect(world.toolRuns).toEqual([])
  })

  it('through a snapshot, while approvals wait, has one live run of the tools, and nothing that has started in it', () => {
    const before = calling('k1', 'k2', 'k3')
    before.needApproval('k1')
    before.start('k2')
    const world = restored(before)
    expect(world.toolRuns.filter(({ isLive }) => isLive)).toHaveLength(1)
    expect(statesOfCalls(world)).toEqual([
      ['k1', 'awaitingApproval'],
      ['k2', 'interrupted'],
      ['k3', 'new'],
    ])
  })
})
