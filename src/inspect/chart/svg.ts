// A drawn chart as SVG, in elements that are plain data: a page makes its own of them, and a file is made of their text.
import { triggerName } from '../../observe/transition-names.ts'
import { isComposite, type LabelLine, labelLines, shortened } from './graph.ts'
import { type DrawnArrow, type DrawnMark, type DrawnState, type Drawing, anyName, sizes, withinText } from './layout.ts'
import type { DrawnLabel, Point } from './places.ts'
import { deepestState } from './tree.ts'

export interface SvgElement {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string | number>>
  readonly children: readonly (SvgElement | string)[]
}

/** The active states and the last transitions. */
export interface ChartStatus {
  /** Ids of the active states, those around them included. */
  readonly active: ReadonlySet<string>
  /** Ids of the transitions that were taken last. */
  readonly taken: ReadonlySet<string>
}

const nothingActive: ChartStatus = { active: new Set(), taken: new Set() }

/** The active states of a state's name, such as `streaming.opening`, each with the states around it. */
export function activeStates(state: string): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const path of state.split(' ')) {
    const keys = path.split('.', deepestState)
    for (let depth = 1; depth <= keys.length; depth++) ids.add(keys.slice(0, depth).join('.'))
  }
  return ids
}

const element = (
  tag: string,
  attributes: SvgElement['attributes'],
  children: SvgElement['children'] = [],
): SvgElement => ({ tag, attributes, children })

/** The elements of the picture, in the order in which they cover each other. */
export function chartElements(drawing: Drawing, status: ChartStatus = nothingActive): readonly SvgElement[] {
  const { states, marks, arrows, beginnings } = drawing
  const ofMachine = states.filter(({ depth }) => depth > 0)
  return [
    element('defs', {}, ['arrowhead', 'arrowhead-lit'].map(arrowhead)),
    element(
      'g',
      { class: 'states' },
      ofMachine.filter(isOpen).map((state) => stateElement(state, status)),
    ),
    element('g', { class: 'arrows' }, [
      ...beginnings.map((points) => line(points, 'beginning', 'arrowhead')),
      ...arrows.map((arrow) => arrowElement(arrow, status)),
    ]),
    element(
      'g',
      { class: 'states' },
      ofMachine.filter((state) => !isOpen(state)).map((state) => stateElement(state, status)),
    ),
    element('g', { class: 'marks' }, marks.map(markElement)),
    element(
      'g',
      { class: 'labels' },
      arrows.flatMap((arrow) => labelElement(arrow, status) ?? []),
    ),
  ]
}

const isOpen = ({ graph }: DrawnState): boolean => graph.children.length > 0

const arrowhead = (id: string): SvgElement =>
  element(
    'marker',
    {
      id,
      viewBox: '0 0 10 10',
      refX: 9,
      refY: 5,
      markerWidth: 9,
      markerHeight: 9,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    [element('path', { d: 'M0 0L10 5L0 10z', class: id })],
  )

const round = (value: number): number => Math.round(value * 10) / 10

/** A line with rounded corners. */
function line(points: readonly Point[], classes: string, head: string): SvgElement {
  const d = points.map(({ x, y }, index) => {
    const [before, after] = [points[index - 1], points[index + 1]]
    if (!before || !after) return `${before ? 'L' : 'M'}${round(x)} ${round(y)}`
    const [from, to] = [towards({ x, y }, before), towards({ x, y }, after)]
    return `L${round(from.x)} ${round(from.y)}Q${round(x)} ${round(y)} ${round(to.x)} ${round(to.y)}`
  })
  return element('path', { d: d.join(''), class: classes, fill: 'none', 'marker-end': `url(#${head})` })
}

/** A little way from a corner to the next one. */
function towards(corner: Point, other: Point): Point {
  const distance = Math.hypot(other.x - corner.x, other.y - corner.y)
  const part = distance === 0 ? 0 : Math.min(5, distance / 2) / distance
  return { x: corner.x + (other.x - corner.x) * part, y: corner.y + (other.y - corner.y) * part }
}

const text = (
  value: string,
  { x, y, size, classes }: { x: number; y: number; size: number; classes: string },
): SvgElement =>
  // With its length given, the text fits with any font.
  element(
    'text',
    {
      x: round(x),
      y: round(y),
      class: classes,
      'font-size': size,
      textLength: round(value.length * size * sizes.character),
      lengthAdjust: 'spacingAndGlyphs',
    },
    [value],
  )

function stateElement(state: DrawnState, { active }: ChartStatus): SvgElement {
  const { id, x, y, width, height, name, notes, graph, depth } = state
  const box = { x: round(x), y: round(y), width: round(width), height: round(height), rx: 6 }
  const isFinal = graph.state.type === 'final'
  const within = depth > 1 ? graph.hidden.findLast((hidden) => active.has(hidden.id)) : undefined
  const lines = within ? [...notes, withinText(within.key)] : notes
  const fold = isComposite(graph.state) ? (isOpen(state) ? '▾' : '▸') : ''
  const classes = ['state', active.has(id) ? 'active' : '', isOpen(state) ? 'open' : '', isFinal ? 'final' : '']
  const folding = fold === '' ? {} : { 'data-fold': isOpen(state) ? 'open' : 'folded' }
  return element('g', { class: classes.filter(Boolean).join(' '), 'data-state': id, ...folding }, [
    element('rect', { ...box, class: 'box' }),
    ...(isFinal
      ? [
          element('rect', {
            x: box.x + 3,
            y: box.y + 3,
            width: box.width - 6,
            height: box.height - 6,
            rx: 4,
            class: 'inner',
          }),
        ]
      : []),
    text(name, { x: x + 10, y: y + 18, size: sizes.name, classes: 'name' }),
    ...(fold === '' ? [] : [text(fold, { x: x + width - 16, y: y + 17, size: sizes.label, classes: 'fold' })]),
    ...lines.map((note, index) =>
      text(note, { x: x + 10, y: y + 32 + index * sizes.lineHeight, size: sizes.label, classes: 'note' }),
    ),
    ...insideTitle(state),
  ])
}

/** The tooltip of a state: transitions that stay in it, or lead between folded states. They have no arrow. */
function insideTitle({ graph: { inside } }: DrawnState): readonly SvgElement[] {
  if (inside.length === 0) return []
  const names = [...new Set(inside.map(({ on, guard }) => `${triggerName(on)}${guard === null ? '' : ` [${guard}]`}`))]
  return [element('title', {}, [`stays, or leads between states inside: ${names.join(', ')}`])]
}

/** Whether the arrow leads from an active state. One from any state is never lit: it would always be. */
const isLit = ({ arrow: { from, anyOf, transitions } }: DrawnArrow, { active }: ChartStatus): boolean =>
  (from === null ? anyOf !== null : active.has(from)) && transitions.some(({ source }) => active.has(source))

function classesOf(base: string, arrow: DrawnArrow, status: ChartStatus): string {
  const isTaken = arrow.arrow.transitions.some(({ id }) => status.taken.has(id))
  return [base, isLit(arrow, status) ? 'lit' : '', isTaken ? 'taken' : ''].filter(Boolean).join(' ')
}

const arrowElement = (arrow: DrawnArrow, status: ChartStatus): SvgElement => ({
  ...line(arrow.points, classesOf('arrow', arrow, status), isLit(arrow, status) ? 'arrowhead-lit' : 'arrowhead'),
  children: [title(arrow)],
})

/** The tooltip of an arrow: all its transitions, also those that did not fit into the label. */
const title = ({ arrow }: DrawnArrow): SvgElement =>
  element('title', {}, [
    `${arrow.from ?? anyName(arrow.anyOf)} → ${arrow.to}\n${arrow.transitions
      .map(
        ({ on, guard, source }) =>
          `${triggerName(on)}${guard === null ? '' : ` [${guard}]`}  (in ${source || 'any state'})`,
      )
      .join('\n')}`,
  ])

/** The lines of a label. If its arrow was just taken, they name what took it, as far as there is room. */
function linesOf({ arrow }: DrawnArrow, { lines, width }: DrawnLabel, { taken }: ChartStatus): readonly LabelLine[] {
  const steps = arrow.transitions.filter(({ id }) => taken.has(id))
  if (steps.length === 0) return lines
  const room = { lines: lines.length, characters: Math.floor((width - 6) / (sizes.label * sizes.character) + 0.01) }
  return shortened(labelLines(steps), room)
}

function labelElement(arrow: DrawnArrow, status: ChartStatus): SvgElement | null {
  if (!arrow.label) return null
  const { x, y, width, height } = arrow.label
  const lines = linesOf(arrow, arrow.label, status)
  return element('g', { class: classesOf('label', arrow, status), 'data-arrow': arrow.id }, [
    title(arrow),
    element('rect', { x: round(x), y: round(y), width: round(width), height: round(height), rx: 3, class: 'halo' }),
    ...lines.map((at, index) =>
      text(at.text, { x: x + 3, y: y + 11 + index * sizes.lineHeight, size: sizes.label, classes: at.kind }),
    ),
  ])
}

function markElement({ kind, text: name, x, y, width, height }: DrawnMark): SvgElement {
  if (kind === 'initial')
    return element('circle', { cx: round(x + width / 2), cy: round(y + height / 2), r: 5, class: 'initial' })
  return element('g', { class: 'any' }, [
    element('rect', { x: round(x), y: round(y), width: round(width), height: round(height), rx: height / 2 }),
    text(name, { x: x + 7, y: y + 15, size: sizes.label, classes: 'name' }),
  ])
}
