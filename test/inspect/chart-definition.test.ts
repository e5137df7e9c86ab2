import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../machines/index.ts'
import { chartOf } from '../../src/inspect/chart/definition.ts'
import { transitionId, triggerName } from '../../src/observe/transition-names.ts'
import { toMermaid } from '../../src/inspect/chart/mermaid.ts'
import { definitionNames, leafNames } from '../charts/coverage.ts'
import { leaves, worldIn } from '../charts/leaves.ts'

const machines = {
  conversation: conversationMachine as AnyStateMachine,
  toolCalls: toolCallsMachine as AnyStateMachine,
  toolCall: toolCallMachine as AnyStateMachine,
}
const chart = chartOf(machines.conversation)

describe('a machine as data', () => {
  it.each(Object.entries(machines))('has every state and every transition of %s, once', (_, machine) => {
    const { states, transitions } = chartOf(machine)
    const ids = states.filter(({ type }) => type === 'atomic' || type === 'final').map(({ id }) => id)
    expect(ids.toSorted()).toEqual([...leafNames(machine)].toSorted())
    expect(transitions).toHaveLength(definitionNames(machine).length)
    expect(new Set(transitions.map(({ id }) => id)).size).toBe(transitions.length)
  })

  it.each(Object.entries(machines))('is plain JSON that names only existing states, for %s', (_, machine) => {
    const data = chartOf(machine)
    expect(JSON.parse(JSON.stringify(data))).toEqual(data)
    const ids = new Set(data.states.map(({ id }) => id))
    const named = data.transitions.flatMap(({ source, targets }) => [source, ...targets])
    expect(named.filter((id) => !ids.has(id))).toEqual([])
  })

  it('has the initial state, the invoked actors and the tags of each state', () => {
    const of = (id: string) => chart.states.find((state) => state.id === id)
    expect(of('')).toMatchObject({ parent: null, initial: 'loading', invokes: ['start', 'journal'] })
    expect(of('asking')).toMatchObject({ parent: '', initial: 'asking.saving', tags: ['busy', 'answering'] })
    expect(of('lost')).toMatchObject({ parent: '', type: 'final' })
    expect(of('streaming')).toMatchObject({
      parent: '',
      initial: 'streaming.opening',
      invokes: ['reply'],
      tags: ['busy', 'answering'],
    })
    expect(of('tools.running')).toMatchObject({ parent: 'tools', initial: 'tools.running.working' })
    expect(of('closed')).toMatchObject({ type: 'final' })
  })

  it('names the trigger of each transition: an event, a delay, an actor error, or always', () => {
    const words = new Set(chart.transitions.map(({ on }) => triggerName(on)))
    expect([...words]).toEqual(
      expect.arrayContaining(['user.send', 'after retryBackoff', 'after openTimeout', 'error: reply', 'always']),
    )
    expect([...words].filter((word) => word.startsWith('xstate.'))).toEqual([])
  })

  it('has the same names of transitions for every provide() of a machine', () => {
    const other = conversationMachine.provide({ guards: { isSaved: () => false } }) as AnyStateMachine
    expect(chartOf(other)).toEqual(chart)
  })

  it('names the transitions that a running actor takes', () => {
    const known = new Set(chart.transitions.map(({ id }) => id))
    for (const leaf of leaves) {
      const taken = worldIn(leaf).taken.map(transitionId)
      expect(taken.filter((id) => !known.has(id))).toEqual([])
    }
  })
})

describe('a machine as a Mermaid diagram', () => {
  it('has one arrow per pair of top-level states, an initial and a final state', () => {
    const lines = toMermaid(chart)
      .split('\n')
      .map((line) => line.trim())
    expect(lines).toEqual(
      expect.arrayContaining([
        '[*] --> loading',
        'closed --> [*]',
        'streaming --> refused : reply.refused',
        'reset --> idle : [isSaved]',
        'note left of closing : from every state, on conversation.close',
        'note left of stopped : from every answering state, on user.stop, user.send',
      ]),
    )
  })
})
