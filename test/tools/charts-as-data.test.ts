import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { getStateNodes } from 'xstate/graph'
import { describe, expect, it } from 'vitest'
import { toolCallMachine, toolCallsMachine } from '../../machines/tool-calls/index.ts'

const charts = [
  { machine: toolCallMachine as AnyStateMachine, invoked: ['needs', 'needs', 'run'], spawned: [] },
  { machine: toolCallsMachine as AnyStateMachine, invoked: ['start'], spawned: ['toolCall'] },
].map((chart) => ({ ...chart, name: chart.machine.id }))

const nodesOf = (machine: AnyStateMachine): readonly AnyStateNode[] => [machine.root, ...getStateNodes(machine)]

const transitionsOf = (node: AnyStateNode) => [
  ...[...node.transitions.values()].flat(),
  ...(node.always ?? []),
  ...node.after,
]

/** Every value of a config with its path. */
function* walk(value: unknown, path: readonly string[] = []): Generator<{ path: readonly string[]; value: unknown }> {
  yield { path, value }
  if (typeof value === 'object' && value !== null)
    for (const [key, child] of Object.entries(value)) yield* walk(child, [...path, key])
}

const nameOf = (word: unknown): string =>
  typeof word === 'string' ? word : typeof word === 'object' && word !== null && 'type' in word ? String(word.type) : ''

const list = (value: unknown): readonly unknown[] => (value === undefined ? [] : Array.isArray(value) ? value : [value])

/** The names that the config uses under one of these keys. */
const namesUnder = (machine: AnyStateMachine, ...keys: readonly string[]): readonly string[] => [
  ...new Set(
    [...walk(machine.config)]
      .filter(({ path }) => keys.includes(path.at(-1) ?? ''))
      .flatMap(({ value }) => list(value).map(nameOf)),
  ),
]

describe.each(charts)('the chart $name as data', ({ machine, invoked, spawned }) => {
  const nodes = nodesOf(machine)

  it('contains no functions except those that bind data', () => {
    const functions = [...walk(machine.config)].filter(({ value }) => typeof value === 'function')
    const places = new Set(functions.map(({ path }) => path.at(-1)))
    expect([...places].filter((place) => !['context', 'input', 'params'].includes(place ?? ''))).toEqual([])
  })

  it('implements exactly the names that it uses', () => {
    const { actions, guards, actors, delays } = machine.implementations
    const afters = [...walk(machine.config)].filter(({ path }) => path.at(-2) === 'after')
    expect(namesUnder(machine, 'actions', 'entry', 'exit').toSorted()).toEqual(Object.keys(actions).toSorted())
    expect(namesUnder(machine, 'guard').toSorted()).toEqual(Object.keys(guards).toSorted())
    expect([...namesUnder(machine, 'src'), ...spawned].toSorted()).toEqual(Object.keys(actors).toSorted())
    expect([...new Set(afters.map(({ path }) => path.at(-1)))]).toEqual(Object.keys(delays))
  })

  it('has a state for every target and a transition into every state', () => {
    const targets = nodes.flatMap((node) => transitionsOf(node).flatMap(({ target }) => target ?? []))
    expect(targets.filter((target) => !nodes.includes(target))).toEqual([])
    const reached = new Set<AnyStateNode>([machine.root])
    const visit = (node: AnyStateNode) => {
      if (reached.has(node)) return
      reached.add(node)
      if (node.parent) visit(node.parent)
      for (const child of node.initial?.target ?? []) visit(child)
      for (const { target } of transitionsOf(node)) target?.forEach(visit)
    }
    machine.root.initial.target.forEach(visit)
    for (const { target } of transitionsOf(machine.root)) target?.forEach(visit)
    expect(nodes.filter((node) => !reached.has(node)).map(({ id }) => id)).toEqual([])
  })

  it('has no transient state', () => {
    const passed = nodes.filter((node) => (node.always ?? []).some(({ guard }) => !guard))
    expect(passed.map(({ id }) => id)).toEqual([])
  })

  it('has an onError for everything it invokes', () => {
    const found = nodes.flatMap((node) => node.invoke.map(({ id }) => ({ node, id })))
    expect(found.map(({ id }) => id).toSorted()).toEqual(invoked)
    for (const { node, id } of found) expect(node.transitions.has(`xstate.error.actor.${id}`)).toBe(true)
  })

  it('limits its own microsteps', () => {
    expect(machine.config.options?.maxIterations).toBeGreaterThan(0)
  })
})

it('states that wait for the app’s code have a time limit, and states that wait for people have none', () => {
  const limited = charts.flatMap(({ machine }) => nodesOf(machine).filter(({ after }) => after.length > 0))
  expect(limited.map(({ id }) => id)).toEqual([
    'toolCall.waiting.forNeeds',
    'toolCall.waiting.forRerun',
    'toolCall.running',
  ])
})
