// What of a chart is shown: which states are open, and one arrow for everything that leads from one shown state to
// another. An arrow joins two states beside each other; what leads out of an open state begins at its border.
import { type ChartDefinition, type ChartState, type ChartTransition } from './definition.ts'
import { triggerName } from '../../observe/transition-names.ts'
import { type ChartTree, treeOf } from './tree.ts'

export interface GraphState {
  readonly state: ChartState
  /** States inside that are shown; none while it is folded. */
  readonly children: readonly GraphState[]
  readonly isOpen: boolean
  /** States inside that are folded away. */
  readonly hidden: readonly ChartState[]
  /** Transitions that lead nowhere else: they stay, or lead between states that are folded away. */
  readonly inside: readonly ChartTransition[]
  /** Arrows between its children. */
  readonly arrows: readonly GraphArrow[]
}

export interface GraphArrow {
  readonly id: string
  /** `null`: whatever is active in the state around it. */
  readonly from: string | null
  readonly to: string
  readonly transitions: readonly ChartTransition[]
}

/** The chart with these states open. The machine itself always is. */
export function graphOf(chart: ChartDefinition, open: ReadonlySet<string>): GraphState {
  const tree = treeOf(chart)
  const isOpen = (state: ChartState) => isComposite(state) && (state.parent === null || open.has(state.id))
  /** From the machine down to the innermost state that is shown. */
  const shown = (id: string): readonly ChartState[] => {
    const line = tree.lineTo(id)
    const folded = line.findIndex((state) => !isOpen(state))
    return folded < 0 ? line : line.slice(0, folded + 1)
  }

  const arrows = new Map<string, Map<string, { from: string | null; to: string; transitions: ChartTransition[] }>>()
  const inside = new Map<string, ChartTransition[]>()
  for (const transition of chart.transitions) {
    const from = shown(transition.source)
    const drawn = transition.targets.flatMap((target) => arrowFor(transition, target, from, shown(target)) ?? [])
    if (drawn.length === 0) {
      const at = from.at(-1)?.id ?? ''
      const within = inside.get(at)
      if (within) within.push(transition)
      else inside.set(at, [transition])
    }
    for (const { around, from: begin, to } of drawn) {
      const within = arrows.get(around) ?? new Map<string, never>()
      arrows.set(around, within)
      const key = `${begin ?? ''}>${to}`
      const arrow = within.get(key) ?? { from: begin, to, transitions: [] }
      within.set(key, arrow)
      // One with two targets may lead there twice.
      if (arrow.transitions.at(-1) !== transition) arrow.transitions.push(transition)
    }
  }

  const build = (state: ChartState): GraphState => ({
    state,
    isOpen: isOpen(state),
    inside: inside.get(state.id) ?? [],
    hidden: isOpen(state) ? [] : allInside(tree, state.id),
    children: isOpen(state) ? tree.childrenOf(state.id).map(build) : [],
    arrows: [...(arrows.get(state.id) ?? [])].map(([key, arrow]) => ({ id: `${state.id}:${key}`, ...arrow })),
  })
  if (!tree.root) throw new TypeError('A chart has a state without a parent: the machine itself.')
  return build(tree.root)
}

/** Every state inside of one, each before those inside of it. */
const allInside = (tree: ChartTree, id: string): readonly ChartState[] =>
  tree.childrenOf(id).flatMap((child) => [child, ...allInside(tree, child.id)])

/** Where the arrow of a transition stands, between the states that are shown for its ends; `null` where there is none. */
function arrowFor(
  { source, reenter }: ChartTransition,
  target: string,
  from: readonly ChartState[],
  to: readonly ChartState[],
): { around: string; from: string | null; to: string } | null {
  let common = 0
  while (common < from.length && common < to.length && from[common]?.id === to[common]?.id) common++
  const around = from[common - 1]?.id ?? ''
  const begin = from[common]?.id
  const end = to[common]?.id
  if (begin !== undefined && end !== undefined) return { around, from: begin, to: end }
  // From a state into one inside it: from whatever is active there.
  if (end !== undefined) return { around, from: null, to: end }
  // To itself, or from inside of it to its beginning: a loop.
  const state = from[common - 1]
  if (state && state.id === target && state.parent !== null && (reenter || source !== target))
    return { around: state.parent, from: state.id, to: state.id }
  return null
}

export const isComposite = ({ type }: ChartState): boolean => type === 'compound' || type === 'parallel'

/** Lines of an arrow's label: what takes it, and under it the guards that let it. Every transition is in it. */
export function labelLines(transitions: readonly ChartTransition[]): readonly LabelLine[] {
  const triggers = new Map<string, Set<string>>()
  for (const { on, guard } of transitions) {
    const guards = triggers.get(triggerName(on)) ?? new Set()
    triggers.set(triggerName(on), guard === null ? guards : guards.add(guard))
  }
  return [...triggers].flatMap(([trigger, guards]) => [
    // What is taken always is told by its guards alone.
    ...(trigger === 'always' && guards.size > 0 ? [] : [{ kind: 'trigger', text: trigger } as const]),
    ...[...guards].map((guard) => ({ kind: 'guard', text: `[${guard}]` }) as const),
  ])
}

export interface LabelLine {
  readonly kind: 'trigger' | 'guard' | 'more'
  readonly text: string
}

/** As much of a label as there is room for. What is left out is counted. */
export function shortened(
  lines: readonly LabelLine[],
  room: { lines: number; characters: number },
): readonly LabelLine[] {
  const shown = lines.length <= room.lines ? lines : lines.slice(0, Math.max(0, room.lines - 1))
  const left = lines.length - shown.length
  const cut = shown.map((line) =>
    line.text.length <= room.characters ? line : { ...line, text: `${line.text.slice(0, room.characters - 1)}…` },
  )
  return left > 0 ? [...cut, { kind: 'more', text: `+${left} more` }] : cut
}
