// The states of a chart as a tree. Charts come from other processes and from files, so nothing about them is taken on trust: a
// state that stands inside of itself, under nothing, or twice has no place here, and whoever walks the tree comes to an end.
import type { ChartDefinition, ChartState } from './definition.ts'

/** Levels of states in each other, the machine itself included. People write charts of four or five. */
export const deepestState = 32

export interface ChartTree {
  /** The machine itself; `null` in a chart where every state stands inside of another. */
  readonly root: ChartState | null
  /** The states that have a place, by their ids, each behind the one around it. */
  readonly states: ReadonlyMap<string, ChartState>
  /** The states right inside of one, in the order of the chart. */
  readonly childrenOf: (id: string) => readonly ChartState[]
  /** From the machine down to a state, both included; empty for a state that has no place. */
  readonly lineTo: (id: string) => readonly ChartState[]
}

const known = new WeakMap<ChartDefinition, ChartTree>()

/** The tree of a chart. Made once for each, in time in proportion to its size. */
export function treeOf(chart: ChartDefinition): ChartTree {
  let tree = known.get(chart)
  if (!tree) known.set(chart, (tree = makeTree(chart)))
  return tree
}

function makeTree({ states }: ChartDefinition): ChartTree {
  const inside = new Map<string | null, ChartState[]>()
  for (const state of states) {
    const siblings = inside.get(state.parent)
    if (siblings) siblings.push(state)
    else inside.set(state.parent, [state])
  }
  const [root = null] = inside.get(null) ?? []
  const placed = new Map<string, { readonly state: ChartState; readonly children: ChartState[] }>()
  let level = root ? [root] : []
  for (const state of level) placed.set(state.id, { state, children: [] })
  for (let depth = 1; depth < deepestState && level.length > 0; depth++) {
    const next: ChartState[] = []
    for (const { id } of level)
      for (const child of inside.get(id) ?? []) {
        if (placed.has(child.id)) continue
        placed.set(child.id, { state: child, children: [] })
        placed.get(id)?.children.push(child)
        next.push(child)
      }
    level = next
  }
  return {
    root,
    states: new Map([...placed].map(([id, { state }]) => [id, state])),
    childrenOf: (id) => placed.get(id)?.children ?? [],
    lineTo(id) {
      const line: ChartState[] = []
      // The state around one was placed before it.
      for (let at = placed.get(id)?.state; at; at = at.parent === null ? undefined : placed.get(at.parent)?.state)
        line.push(at)
      return line.toReversed()
    },
  }
}

/** What is wrong with a chart, in the end of a sentence: states without a place, arrows that begin or end nowhere. `null`: nothing. */
export function chartObjection(chart: ChartDefinition): string | null {
  const { root, states, childrenOf } = treeOf(chart)
  if (root?.id !== '') return 'the machine itself, a state whose id is empty, is missing'
  for (const state of chart.states) {
    if (states.get(state.id) !== state)
      return `its state ${named(state.id)} stands inside of itself, under no other, twice, or deeper than ${deepestState} levels`
    if (state.initial !== null && !childrenOf(state.id).some(({ id }) => id === state.initial))
      return `its state ${named(state.id)} begins in one that is not inside of it`
  }
  for (const { source, targets } of chart.transitions) {
    const missing = [source, ...targets].find((id) => !states.has(id))
    if (missing !== undefined) return `a transition is about ${named(missing)}, which is none of its states`
  }
  return null
}

/** An id may be long, and whoever made it up may have meant harm. */
const named = (id: string): string => `"${id.length > 80 ? `${id.slice(0, 80)}…` : id}"`
