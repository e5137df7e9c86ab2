// XState 4 runs the definitions and reaches the same states as the real charts, step by step.
import type { AnyStateMachine } from 'xstate'
import { afterAll, describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../../machines/index.ts'
import { explore } from '../../charts/explore.ts'
import { graphs } from '../../charts/graphs.ts'
import { leaves, worldIn } from '../../charts/leaves.ts'
import { waysByHand } from '../../charts/ways.ts'
import { isThorough, someOf } from '../../runs.ts'
import { atWork, call, drivenTools, turn } from '../../tools/fixtures.ts'
import { keepMoves } from './moves.ts'
import { listsOf, nodesOf, placeOf, runInV4, toV4 } from './v4.ts'

const definedIn = (machine: AnyStateMachine) =>
  nodesOf(machine).flatMap((node) => listsOf(node).flatMap(([, list]) => list.map(placeOf)))

const differences = (machine: AnyStateMachine, { moves }: ReturnType<typeof keepMoves>) => {
  const v4 = runInV4(toV4(machine))
  return [...moves.values()].flatMap(({ event, from, to, steps }) => {
    const there = v4.run(from, steps)
    return JSON.stringify(there) === JSON.stringify(to) ? [] : [{ event, from, to, there }]
  })
}

describe('the conversation, run by XState 4,', () => {
  const machine = conversationMachine as AnyStateMachine
  const kept = keepMoves(machine)
  afterAll(() => kept.end())

  it('reaches the same states on the path to every leaf, and on hand-written paths', () => {
    for (const leaf of leaves) worldIn(leaf)
    for (const [, go] of waysByHand) go()
    expect(kept.moves.size).toBeGreaterThan(40)
    expect(differences(machine, kept)).toEqual([])
  })

  // CI takes the paths of every graph, and so every transition; other runs those of some graphs.
  it('reaches the same states on generated paths, over every transition', { timeout: 180_000 }, () => {
    for (const graph of someOf(Object.values(graphs), { oneOf: 4 })) explore(graph)
    expect(kept.moves.size).toBeGreaterThan(isThorough ? 500 : 100)
    expect(differences(machine, kept)).toEqual([])
    if (isThorough) expect(definedIn(machine).filter((place) => !kept.places.has(place))).toEqual([])
  })
})

describe('tool calls, run by XState 4,', () => {
  const machines = [toolCallsMachine as AnyStateMachine, toolCallMachine as AnyStateMachine] as const
  const kept = machines.map(keepMoves)
  afterAll(() => kept.forEach((one) => one.end()))

  it('reach the same states through runs, approvals, answers, failures and timeouts', async () => {
    const { tools, of } = drivenTools()
    const calls = [call('a'), call('b', 'ask'), call('c', 'form'), call('d', 'ask'), call('e'), call('f'), call('a')]
    const work = atWork(tools, [...calls, call('g', 'unknown'), call('h', 'look', { state: 'interrupted' })], {
      limit: 2,
    })
    await turn()
    await turn()
    of('a').resolve('seen')
    of('e').reject(new Error('broken'))
    work.approve('b')
    work.deny('d')
    work.answer('c', 'yes')
    await turn()
    await turn()
    work.clock.increment(1_000)
    await turn()
    work.leave()
    expect(kept.map(({ moves }) => moves.size > 8)).toEqual([true, true])
    machines.forEach((machine, index) => {
      const ofMachine = kept[index]
      expect(ofMachine && differences(machine, ofMachine)).toEqual([])
    })
  })
})
