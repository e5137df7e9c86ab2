import ElkBundled from 'elkjs/lib/elk.bundled.js'
import * as fc from 'fast-check'
import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../machines/index.ts'
import { type ChartDefinition, chartOf } from '../../src/inspect/chart/definition.ts'
import { graphOf, type GraphState } from '../../src/inspect/chart/graph.ts'
import { layOut } from '../../src/inspect/chart/layout.ts'
import { chartElements } from '../../src/inspect/chart/svg.ts'
import { chartObjection, deepestState, treeOf } from '../../src/inspect/chart/tree.ts'
import { readChart } from '../../src/inspect/wire/read-message.ts'
import { chartWith, deepChart, oddChart, stateOf } from './odd-charts.ts'
import { runs } from '../runs.ts'

const engine = new ElkBundled.default()
const machines = [conversationMachine, toolCallsMachine, toolCallMachine].map((machine) =>
  chartOf(machine as AnyStateMachine),
)
const allOpen = ({ states }: ChartDefinition) => new Set(states.map(({ id }) => id))

const statesIn = (graph: GraphState): readonly string[] => [graph.state.id, ...graph.children.flatMap(statesIn)]

describe('the tree of a chart', () => {
  it('contains every state of our own machines', () => {
    for (const chart of machines) {
      expect([...treeOf(chart).states.keys()].toSorted()).toEqual(chart.states.map(({ id }) => id).toSorted())
      expect(chartObjection(chart)).toBeNull()
      expect(readChart(structuredClone(chart))).toEqual(chart)
    }
  })

  it('is finite for any chart: each state is listed at most once, after its parent', () => {
    fc.assert(
      fc.property(oddChart, (chart) => {
        const tree = treeOf(chart)
        const order = [...tree.states.keys()]
        for (const [id, state] of tree.states) {
          const line = tree.lineTo(id)
          expect(line[0]).toBe(tree.root)
          expect(line.at(-1)).toBe(state)
          expect(line.length).toBe(new Set(line).size)
          if (state.parent !== null) {
            expect(order.indexOf(state.parent)).toBeLessThan(order.indexOf(id))
            expect(tree.childrenOf(state.parent)).toContain(state)
          }
        }
      }),
    )
  })

  it('is rejected exactly when a state has no place or a target is unknown', () => {
    fc.assert(
      fc.property(oddChart, (chart) => {
        const { root, states, childrenOf } = treeOf(chart)
        const isSound =
          root?.id === '' &&
          states.size === chart.states.length &&
          chart.states.every(
            ({ id, initial }) => initial === null || childrenOf(id).some((one) => one.id === initial),
          ) &&
          chart.transitions.every(({ source, targets }) => [source, ...targets].every((id) => states.has(id)))
        expect(chartObjection(chart) === null).toBe(isSound)
      }),
    )
  })

  it.each([
    ['a state inside of itself', chartWith([stateOf('', null), stateOf('a', 'a')])],
    ['two states inside of each other', chartWith([stateOf('', null), stateOf('a', 'b'), stateOf('b', 'a')])],
    ['a state with an unknown parent', chartWith([stateOf('', null), stateOf('a', 'gone')])],
    ['two states with one id', chartWith([stateOf('', null), stateOf('a', ''), stateOf('a', '')])],
    ['two machines', chartWith([stateOf('', null), stateOf('a', null)])],
    ['no machine', chartWith([stateOf('a', 'b')])],
    ['no state at all', chartWith([])],
    ['an invalid initial state', chartWith([stateOf('', null, { initial: '' })])],
    ['too many nested states', deepChart(deepestState + 1)],
    ['20,000 nested states', deepChart(20_000)],
  ])('is rejected from a process or a file with %s', (_, chart) => {
    expect(typeof readChart(chart)).toBe('string')
  })

  it('accepts charts of the largest depth', () => {
    expect(readChart(deepChart(deepestState))).toEqual(deepChart(deepestState))
  })

  it.each([
    ['states', { ...deepChart(1), states: Array.from({ length: 301 }, () => stateOf('', null)) }],
    ['transitions', { ...deepChart(1), transitions: Array.from({ length: 1_501 }, () => ({})) }],
    ['characters in a name', chartWith([stateOf('', null, { key: 'x'.repeat(1_001) })])],
    ['tags', chartWith([stateOf('', null, { tags: Array.from({ length: 101 }, () => 'x') })])],
  ])('is rejected with too many %s', (_, chart) => {
    expect(readChart(chart)).toMatch(/^its .* is not that of a chart$/)
  })
})

describe('an invalid chart', () => {
  it('is drawn as far as possible, each state once', async () => {
    await fc.assert(
      fc.asyncProperty(oddChart, async (chart) => {
        if (treeOf(chart).root === null) {
          expect(() => graphOf(chart, allOpen(chart))).toThrow(TypeError)
          return
        }
        const graph = graphOf(chart, allOpen(chart))
        const shown = statesIn(graph)
        expect(shown.length).toBe(new Set(shown).size)
        if (readChart(chart) !== chart) return
        expect(chartElements(await layOut(graph, engine)).length).toBeGreaterThan(0)
      }),
      { numRuns: runs(67) },
    )
  })

  it('is drawn down to the deepest supported level when 20,000 states are nested', () => {
    const chart = deepChart(20_000)
    expect(statesIn(graphOf(chart, allOpen(chart)))).toHaveLength(deepestState)
  })
})
