// The part of a chart that is shown: which states are open, and one arrow for all transitions from one shown state to
// another. An arrow joins two states beside each other; what leads out of an open state begins at its border. What every
// state of a tag has is one arrow, from the tag.
import { type ChartDefinition, type ChartState, type ChartTransition } from './definition.ts'
import { triggerName } from '../../observe/transition-names.ts'
import { type ArrowEnds, type DrawnTransition, sharedByTag } from './shared-arrows.ts'
import { type ChartTree, treeOf } from './tree.ts'

export interface GraphState {
  readonly state: ChartState
  /** States inside that are shown; none while it is folded. */
  readonly children: readonly GraphState[]
  readonly isOpen: boolean
  /** States inside that are folded. */
  readonly hidden: readonly ChartState[]
  /** Transitions without an arrow: they stay in the state, or lead between folded states. */
  readonly inside: readonly ChartTransition[]
  /** Arrows between its children. */
  readonly arrows: readonly GraphArrow[]
}

export interface GraphArrow {
  readonly id: string
  /** `null`: any state around it, or any state with the tag `anyOf`. */
  readonly from: string | null
  /** The tag whose states all have these transitions, drawn once; `null` for an arrow that begins at a state. */
  readonly anyOf: string | null
  readonly to: string
  readonly transitions: readonly ChartTransition[]
  /** Transitions of the chart whose guards choose between states that the same event leads to. */
  readonly choosing: ReadonlySet<ChartTransition>
}

/**
 * The chart with these states open; the machine itself always is. `only` names the machine's states that are shown, with
 * what is inside of them and the arrows among them; without it, all are.
 */
export function graphOf(chart: ChartDefinition, open: ReadonlySet<string>, only?: ReadonlySet<string>): GraphState {
  const tree = treeOf(chart)
  const isShown = (id: string): boolean => {
    const [, top] = only ? tree.lineTo(id) : []
    return top === undefined || only?.has(top.id) === true
  }
  const isOpen = (state: ChartState) => isComposite(state) && (state.parent === null || open.has(state.id))
  /** From the machine down to the innermost state that is shown. */
  const shown = (id: string): readonly ChartState[] => {
    const line = tree.lineTo(id)
    const folded = line.findIndex((state) => !isOpen(state))
    return folded < 0 ? line : line.slice(0, folded + 1)
  }

  const every = chart.transitions.map((transition) => {
    const from = shown(transition.source)
    return {
      transition,
      at: from.at(-1)?.id ?? '',
      drawn: transition.targets.flatMap((target) => endsOf(transition, target, from, shown(target)) ?? []),
    }
  })
  const choosing = choicesIn(every)
  const ends = every.filter(({ transition: { source, targets } }) => [source, ...targets].every(isShown))
  const tags = sharedByTag(chart, ends)
  const arrows = new Map<string, Map<string, GraphArrow & { readonly transitions: ChartTransition[] }>>()
  const inside = new Map<string, ChartTransition[]>()
  for (const { transition, at, drawn } of ends) {
    if (drawn.length === 0) {
      const within = inside.get(at)
      if (within) within.push(transition)
      else inside.set(at, [transition])
    }
    const anyOf = tags.get(transition) ?? null
    for (const { around, from: begin, to } of drawn) {
      const within = arrows.get(around) ?? new Map<string, never>()
      arrows.set(around, within)
      const from = anyOf === null ? begin : null
      const key = anyOf === null ? `${begin ?? ''}>${to}` : `any ${anyOf}>${to}`
      const arrow = within.get(key) ?? { id: `${around}:${key}`, from, anyOf, to, transitions: [], choosing }
      within.set(key, arrow)
      // A transition with two targets may lead there twice.
      if (arrow.transitions.at(-1) !== transition) arrow.transitions.push(transition)
    }
  }

  const build = (state: ChartState): GraphState => ({
    state,
    isOpen: isOpen(state),
    inside: inside.get(state.id) ?? [],
    hidden: isOpen(state) ? [] : allInside(tree, state.id),
    children: isOpen(state)
      ? tree
          .childrenOf(state.id)
          .filter(({ id }) => isShown(id))
          .map(build)
      : [],
    arrows: [...(arrows.get(state.id)?.values() ?? [])],
  })
  if (!tree.root) throw new TypeError('A chart has a state without a parent: the machine itself.')
  return build(tree.root)
}

/** All states inside of a state, parents first. */
const allInside = (tree: ChartTree, id: string): readonly ChartState[] =>
  tree.childrenOf(id).flatMap((child) => [child, ...allInside(tree, child.id)])

/** A state and a trigger. */
const keyOf = ({ source, on }: ChartTransition): string => JSON.stringify([source, triggerName(on)])

/** The transitions whose trigger leads from their state to more than one other that is shown. */
function choicesIn(every: readonly DrawnTransition[]): ReadonlySet<ChartTransition> {
  const ways = new Map<string, Set<string>>()
  for (const { transition, drawn } of every) {
    const key = keyOf(transition)
    const ends = ways.get(key) ?? new Set()
    for (const { around, to } of drawn) ends.add(JSON.stringify([around, to]))
    ways.set(key, ends)
  }
  return new Set(every.flatMap(({ transition }) => ((ways.get(keyOf(transition))?.size ?? 0) > 1 ? [transition] : [])))
}

/** The ends of a transition's arrow, at the states that are shown for them; `null` where there is no arrow. */
function endsOf(
  { source, reenter }: ChartTransition,
  target: string,
  from: readonly ChartState[],
  to: readonly ChartState[],
): ArrowEnds | null {
  let common = 0
  while (common < from.length && common < to.length && from[common]?.id === to[common]?.id) common++
  const around = from[common - 1]?.id ?? ''
  const begin = from[common]?.id
  const end = to[common]?.id
  if (begin !== undefined && end !== undefined) return { around, from: begin, to: end }
  // From a state into one inside it: from any state there.
  if (end !== undefined) return { around, from: null, to: end }
  // To itself, or from inside of it to its beginning: a loop.
  const state = from[common - 1]
  if (state && state.id === target && state.parent !== null && (reenter || source !== target))
    return { around: state.parent, from: state.id, to: state.id }
  return null
}

export const isComposite = ({ type }: ChartState): boolean => type === 'compound' || type === 'parallel'

/** The whole label of an arrow: every trigger, and below it its guards. */
export const labelLines = (transitions: readonly ChartTransition[]): readonly LabelLine[] =>
  linesOf(transitions, () => true)

/**
 * The label of an arrow in short: events first, and guards only where they choose between arrows of one event. What is
 * taken as soon as its guard holds is named by that guard.
 */
export const briefLines = ({ transitions, choosing }: GraphArrow): readonly LabelLine[] =>
  linesOf(
    transitions.toSorted((a, b) => order.indexOf(a.on.kind) - order.indexOf(b.on.kind)),
    (transition) => transition.on.kind === 'always' || choosing.has(transition),
  )

const order = ['event', 'after', 'done', 'error', 'always']

function linesOf(
  transitions: readonly ChartTransition[],
  hasGuard: (transition: ChartTransition) => boolean,
): readonly LabelLine[] {
  const triggers = new Map<string, Set<string>>()
  for (const transition of transitions) {
    const [trigger, { guard }] = [triggerName(transition.on), transition]
    const guards = triggers.get(trigger) ?? new Set()
    triggers.set(trigger, guard === null || !hasGuard(transition) ? guards : guards.add(guard))
  }
  return [...triggers].flatMap(([trigger, guards]) => [
    ...(trigger === 'always' && guards.size > 0 ? [] : [{ kind: 'trigger', text: trigger } as const]),
    ...[...guards].map((guard) => ({ kind: 'guard', text: `[${guard}]` }) as const),
  ])
}

export interface LabelLine {
  readonly kind: 'trigger' | 'guard' | 'more'
  readonly text: string
}

/** A label cut to a number of lines and characters. The last line counts what is left out. */
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
