// The states of a chart as a tree. Charts come from other processes and from files, so nothing in them is trusted: a
// state that is inside itself, has no parent or occurs twice is not in the tree, so every walk through it ends.
import type { ChartDefinition, ChartState } from './definition.ts'

/** The most levels of nested states, the machine included. Charts that people write have four or five. */
export const deepestState = 32

export interface ChartTree {
  /** The machine itself; `null` if every state has a parent. */
  readonly root: ChartState | null
  /** The states that are in the tree, by their ids, parents first. */
  readonly states: ReadonlyMap<string, ChartState>
  /** The children of a state, in the order of the chart. */
  readonly childrenOf: (id: string) => readonly ChartState[]
  /** From the machine down to a state, both included; empty for a state that is not in the tree. */
  readonly lineTo: (id: string) => readonly ChartState[]
}

const known = new WeakMap<ChartDefinition, ChartTree>()

/** The tree of a chart. It is made once for each chart, in linear time. */
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
      // Parents were placed before their children.
      for (let at = placed.get(id)?.state; at; at = at.parent === null ? undefined : placed.get(at.parent)?.state)
        line.push(at)
      return line.toReversed()
    },
  }
}

/** What is wrong with a chart, as the end of a sentence: states that are not in the tree, transitions from or to unknown states. `null`: nothing. */
export function chartObjection(chart: ChartDefinition): string | null {
  const { root, states, childrenOf } = treeOf(chart)
  if (root?.id !== '') return 'the machine itself, a state whose id is empty, is missing'
  for (const state of chart.states) {
    if (states.get(state.id) !== state)
      return `its state ${named(state.id)} is inside itself, has no parent, occurs twice, or is deeper than ${deepestState} levels`
    if (state.initial !== null && !childrenOf(state.id).some(({ id }) => id === state.initial))
      return `its state ${named(state.id)} begins in a state that is not inside it`
  }
  for (const { source, targets } of chart.transitions) {
    const missing = [source, ...targets].find((id) => !states.has(id))
    if (missing !== undefined) return `a transition is about ${named(missing)}, which is not one of its states`
  }
  return null
}

/** An id from elsewhere may be long on purpose. */
const named = (id: string): string => `"${id.length > 80 ? `${id.slice(0, 80)}…` : id}"`
