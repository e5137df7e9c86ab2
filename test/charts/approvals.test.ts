import { describe, expect, it } from 'vitest'
import { fold } from '../../src/journal/index.ts'
import { calling, resultOf, type World } from './world.ts'

const factTypes = (world: World) => world.store.map(({ type }) => type)
const approve = (world: World, callId: string) => world.send({ type: 'tool.approve', callId })

describe('calls that wait for approval', () => {
  it('are recorded and emitted, and wait without a limit', () => {
    const world = calling('k1', 'k2')
    world.needApproval('k1')
    expect(world.view.awaitingApproval).toEqual(['k1'])
    expect(world.tags()).toContain('awaitingPeople')
    expect(world.told('toolCall.approvalRequested')).toEqual([
      { type: 'toolCall.approvalRequested', turnId: 't1', callId: 'k1', name: 'look', input: {} },
    ])
    world.clock.increment(1_000_000_000)
    expect(world.state).toBe('tools.running.awaitingPeople')
  })

  it('are asked for once, even if the slot reports them twice', () => {
    const world = calling('k1')
    world.needApproval('k1', 'k1')
    expect(world.told('toolCall.approvalRequested')).toHaveLength(1)
    expect(fold(JSON.parse(JSON.stringify(world.store)))).toEqual(world.view)
  })

  it('can be decided in any order, each once', () => {
    const world = calling('k1', 'k2')
    world.needApproval('k1', 'k2')
    approve(world, 'k2')
    expect(world.state).toBe('tools.running.awaitingPeople')
    world.send({ type: 'tool.deny', callId: 'k2' })
    approve(world, 'k2')
    world.send({ type: 'tool.deny', callId: 'k1', reason: 'not here' })
    expect(world.state).toBe('tools.running.working')
    expect(world.store.filter(({ type }) => type === 'approval.decided')).toMatchObject([
      { type: 'approval.decided', turnId: 't1', callId: 'k2', approved: true },
      { type: 'approval.decided', turnId: 't1', callId: 'k1', approved: false, reason: 'not here' },
    ])
    expect(world.toolCommands).toContainEqual({ type: 'call.approve', callId: 'k2' })
    expect(world.toolCommands).toContainEqual({ type: 'call.deny', callId: 'k1', reason: 'not here' })
    expect(world.toolCommands).not.toContainEqual({ type: 'call.deny', callId: 'k2' })
  })

  it('ignore a decision that was not asked for', () => {
    const world = calling('k1')
    approve(world, 'k1')
    world.send({ type: 'tool.deny', callId: 'k1' })
    expect(factTypes(world)).not.toContain('approval.decided')
    expect(world.toolCommands).toEqual([])
  })

  it('send the decision to the tool only when it is stored', () => {
    const world = calling('k1')
    world.needApproval('k1')
    world.setJournal('is silent')
    approve(world, 'k1')
    expect([world.state, world.toolCommands]).toEqual(['tools.running.working', []])
    world.store.push(...world.context.unsaved)
    world.send({ type: 'journal.saved', revision: world.view.revision })
    expect(world.toolCommands).toEqual([{ type: 'call.approve', callId: 'k1' }])
  })

  it('store the decision again after a failure, and send it to the tool then', () => {
    const world = calling('k1')
    world.needApproval('k1')
    world.setJournal('fails')
    approve(world, 'k1')
    world.clock.increment(999)
    world.setJournal('stores')
    expect([world.context.journalFailure?.message, world.toolCommands]).toEqual(['disk full', []])
    world.clock.increment(1)
    expect([world.context.journalFailure, world.toolCommands]).toEqual([null, [{ type: 'call.approve', callId: 'k1' }]])
  })

  it('send the decision to the tool after the journal, silent at first, has stored it', () => {
    const world = calling('k1')
    world.needApproval('k1')
    world.setJournal('is silent')
    approve(world, 'k1')
    world.setJournal('stores')
    world.clock.increment(60_000)
    expect(world.toolCommands).toContainEqual({ type: 'call.approve', callId: 'k1' })
  })

  it('are cancelled by a stop and wait no longer', () => {
    const world = calling('k1', 'k2')
    world.settle('k2')
    world.needApproval('k1')
    world.send({ type: 'user.stop' })
    expect(world.state).toBe('stopped.saved')
    expect(world.view).toMatchObject({ awaitingApproval: [], open: null, head: 't1' })
    expect(world.tags()).not.toContain('awaitingPeople')
    approve(world, 'k1')
    expect(factTypes(world)).not.toContain('approval.decided')
  })

  it('restart the tool timeout once they are decided', () => {
    const world = calling('k1')
    world.clock.increment(599_000)
    world.needApproval('k1')
    approve(world, 'k1')
    world.clock.increment(599_000)
    expect(world.state).toBe('tools.running.working')
    world.clock.increment(1_000)
    expect(world.state).toBe('failed.saved')
  })
})

describe('calls that the app answers', () => {
  it('are recorded and emitted, and the answer goes to the slot, which settles them', () => {
    const world = calling('k1')
    world.needAnswer('k1')
    expect(world.state).toBe('tools.running.awaitingPeople')
    expect(world.told('toolCall.answerRequested')).toMatchObject([{ callId: 'k1', name: 'look' }])
    world.send({ type: 'tool.answer', callId: 'k1', result: resultOf('k1', '42') })
    expect(world.toolCommands).toEqual([{ type: 'call.answer', callId: 'k1', result: resultOf('k1', '42') }])
    expect(world.state).toBe('tools.running.awaitingPeople')
    world.settle('k1', '42')
    expect(world.state).toBe('streaming.opening')
  })

  it('ignore an answer before they ask for one, and after they have one', () => {
    const world = calling('k1', 'k2')
    world.send({ type: 'tool.answer', callId: 'k1', result: resultOf('k1') })
    world.needAnswer('k1')
    world.settle('k1')
    world.send({ type: 'tool.answer', callId: 'k1', result: resultOf('k1') })
    expect(world.toolCommands).toEqual([])
  })
})
