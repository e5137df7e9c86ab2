import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { calling, createWorld, reloaded, type World } from './world.ts'

const statesOfCalls = (world: World) => world.toolRuns.at(-1)?.input.calls.map(({ callId, state }) => [callId, state])
const approve = (world: World, callId: string) => world.send({ type: 'tool.approve', callId })

describe('a journal that is loaded', () => {
  it('while approvals wait keeps waiting; other calls are not run again', () => {
    const before = calling('k1', 'k2', 'k3', 'k4')
    before.settle('k1')
    before.needApproval('k2')
    before.needAnswer('k4')
    const world = reloaded(before)
    expect(world.state).toBe('tools.running.awaitingPeople')
    expect(statesOfCalls(world)).toEqual([
      ['k2', 'awaitingApproval'],
      ['k3', 'interrupted'],
      ['k4', 'awaitingAnswer'],
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

  it('with one call approved and another one waiting does not run the approved one again', () => {
    const before = calling('k1', 'k2')
    before.needApproval('k1', 'k2')
    approve(before, 'k1')
    expect(statesOfCalls(reloaded(before))).toEqual([
      ['k1', 'interrupted'],
      ['k2', 'awaitingApproval'],
    ])
  })

  it.each([
    ['runs', (world: World) => world.settle('k1')],
    ['is approved', (world: World) => (world.needApproval('k1'), approve(world, 'k1'))],
  ])('while a call %s and nothing waits comes up as failed, interrupted', (_, go) => {
    const before = calling('k1', 'k2')
    go(before)
    const world = reloaded(before)
    expect(world.state).toBe('failed.saved')
    expect(world.view.turns.at(-1)).toMatchObject({ status: 'interrupted', failure: { code: 'interrupted' } })
    expect(world.toolRuns).toEqual([])
  })

  it('through a snapshot, while approvals wait, has one live run of the tools, and nothing new in it', () => {
    const before = calling('k1', 'k2')
    before.needApproval('k1')
    const world = createWorld({ snapshot: before.persist(), store: before.store })
    expect(world.toolRuns.filter(({ isLive }) => isLive)).toHaveLength(1)
    expect(statesOfCalls(world)).toEqual([
      ['k1', 'awaitingApproval'],
      ['k2', 'interrupted'],
    ])
  })
})
