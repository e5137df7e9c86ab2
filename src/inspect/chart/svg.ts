// A drawn chart as SVG, in elements that are plain data: a page makes its own of them, and a file is made of their text.
import { triggerName } from '../../observe/transition-names.ts'
import { isComposite, type LabelLine, labelLines, shortened } from './graph.ts'
import { type DrawnArrow, type DrawnMark, type DrawnState, type Drawing, anyName, sizes } from './layout.ts'
import {
  type DrawnNumbers,
  type DrawnStep,
  freshnessOf,
  numbersOf,
  type PassedPart,
  type PathStep,
  stepsIn,
  toneOf,
} from './path-marks.ts'
import type { DrawnLabel, Point } from './places.ts'
import { deepestState } from './tree.ts'

export interface SvgElement {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string | number>>
  readonly children: readonly (SvgElement | string)[]
}

/** What is shown of a conversation on its chart. */
export interface ChartStatus {
  /** Ids of the active states, those around them included. */
  readonly active: ReadonlySet<string>
  /** The steps that led to them, the oldest first. Default: none. */
  readonly path?: readonly PathStep[]
  /** The states that they led through inside of others, in order. Default: none. */
  readonly passed?: readonly PassedPart[]
  /** Folded states that show what is inside of them. Default: none. */
  readonly revealed?: ReadonlySet<string>
  /** Pixels of the screen for each unit. Labels below 11 pixels are replaced by a mark. Default 1. */
  readonly pixels?: number
}

const nothingActive: ChartStatus = { active: new Set() }

/** What a drawing shows, ready to be drawn. */
interface Shown extends ChartStatus {
  readonly steps: readonly DrawnStep[]
  readonly pixels: number
}

/** The smallest text that people can read, in pixels. */
const legible = 11

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
export function chartElements(drawing: Drawing, given: ChartStatus = nothingActive): readonly SvgElement[] {
  const { states, marks, arrows, beginnings } = drawing
  const steps = stepsIn(drawing, given.path ?? [])
  const status: Shown = { pixels: 1, ...given, steps }
  const ofMachine = states.filter(({ depth }) => depth > 0)
  const taken = new Set(steps.map(({ arrow }) => arrow))
  const last = steps.at(-1)
  return [
    element(
      'defs',
      {},
      ['arrowhead', 'arrowhead-lit', ...new Set(steps.map(({ tone }) => `arrowhead-${tone}`))].map(arrowhead),
    ),
    element(
      'g',
      { class: 'states' },
      ofMachine.filter(isOpen).map((state) => stateElement(state, status)),
    ),
    element('g', { class: 'arrows' }, [
      ...beginnings.map((points) => line(points, 'beginning', 'arrowhead')),
      ...arrows.filter((arrow) => !taken.has(arrow)).map((arrow) => arrowElement(arrow, status)),
    ]),
    element(
      'g',
      { class: 'path' },
      steps.filter(({ points }) => points.length > 0).map((step) => stepElement(step, step === last)),
    ),
    element(
      'g',
      { class: 'states' },
      ofMachine.filter((state) => !isOpen(state)).map((state) => stateElement(state, status)),
    ),
    element(
      'g',
      { class: 'marks' },
      marks.map((mark) => markElement(mark, status)),
    ),
    element(
      'g',
      { class: 'labels' },
      arrows.flatMap((arrow) => labelElement(arrow, status) ?? []),
    ),
    element('g', { class: 'numbers' }, numberElements(drawing, status)),
  ]
}

/** A step of the path, on its arrow. */
function stepElement({ step, arrow, points, tone, freshness }: DrawnStep, isLast: boolean): SvgElement {
  const classes = ['arrow', 'taken', tone, arrow ? '' : 'direct', isLast ? 'last' : ''].filter(Boolean).join(' ')
  const drawnLine = line(points, classes, `arrowhead-${tone}`)
  const said = `${step.number}: ${step.from} → ${step.to}`
  return {
    ...drawnLine,
    attributes: { ...drawnLine.attributes, 'data-step': step.number, style: `opacity:${fading(freshness)}` },
    children: [element('title', {}, [said])],
  }
}

/** Older steps fade, but can still be seen. */
const fading = (freshness: number): number => Math.round((0.4 + 0.6 * freshness) * 100) / 100

function numberElements(drawing: Drawing, { steps, pixels }: Shown): readonly SvgElement[] {
  const large = Math.max(1, 1 / pixels)
  const leaves = drawing.states.filter((state) => state.depth > 0 && !isOpen(state))
  const labels = drawing.arrows.flatMap(({ label }) => label ?? [])
  return numbersOf(steps, [...leaves, ...labels], 9 * large).map((numbers) => numberElement(numbers, large))
}

function numberElement({ x, y, text: value, tone, freshness }: DrawnNumbers, large: number): SvgElement {
  const width = (8 + value.length * 7) * large
  const high = 16 * large
  // Text on a pale badge is dark.
  const old = fading(freshness) < 0.7 ? ' old' : ''
  return element('g', { class: `number-mark ${tone}${old}` }, [
    element('rect', {
      style: `opacity:${fading(freshness)}`,
      x: round(x - width / 2),
      y: round(y - high / 2),
      width: round(width),
      height: high,
      rx: high / 2,
    }),
    element(
      'text',
      { x: round(x), y: round(y + 4 * large), 'font-size': sizes.label * large, 'text-anchor': 'middle' },
      [value],
    ),
  ])
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

function stateElement(state: DrawnState, status: Shown): SvgElement {
  const { id, x, y, width, height, name, notes, graph, parts } = state
  const { active, steps, pixels } = status
  const box = { x: round(x), y: round(y), width: round(width), height: round(height), rx: 6 }
  const isFinal = graph.state.type === 'final'
  const isRevealed = status.revealed?.has(id) === true
  const fold = parts.length > 0 ? (isRevealed ? '▾' : '▸') : isComposite(graph.state) && isOpen(state) ? '▾' : ''
  const classes = [
    'state',
    toneOf(id),
    active.has(id) ? 'active' : '',
    isOpen(state) ? 'open' : '',
    isFinal ? 'final' : '',
    steps.some(({ step }) => step.to === id || step.from === id) ? 'passed' : '',
  ]
  const folding = parts.length === 0 ? {} : { 'data-fold': isRevealed ? 'open' : 'folded' }
  const passed = new Set(status.passed?.map((part) => part.id))
  const shownParts = parts.filter((part) => isRevealed || active.has(part.id) || passed.has(part.id))
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
    ...nameElements(state, pixels),
    ...(fold === '' || pixels * sizes.label < legible - 0.01
      ? []
      : [text(fold, { x: x + width - 16, y: y + 17, size: sizes.label, classes: 'fold' })]),
    ...(pixels * sizes.label < legible - 0.01
      ? []
      : notes.map((note, index) =>
          text(note, { x: x + 10, y: y + 32 + index * sizes.lineHeight, size: sizes.label, classes: 'note' }),
        )),
    ...shownParts.map((part) => partElement(part, status)),
    title(insideText(state), name),
  ])
}

/** The name, larger than usual where the chart is small. Left out if it has no room: the tooltip has it. */
function nameElements({ x, y, width, height, name }: DrawnState, pixels: number): readonly SvgElement[] {
  const size = Math.max(sizes.name, legible / pixels)
  const room = height - 10
  if (name.length * size * sizes.character > width - 8 || size > room) return hiddenMark(x + width / 2, y + 14)
  const margin = Math.min(10, (width - name.length * size * sizes.character) / 2)
  return [text(name, { x: x + margin, y: y + 5 + size, size, classes: 'name' })]
}

/** Marks a text that is too small to be read. Its tooltip tells it. */
const hiddenMark = (x: number, y: number): readonly SvgElement[] => [
  element('circle', { cx: round(x), cy: round(y), r: 4, class: 'hidden-text' }),
]

/** A state inside of a folded one: filled if it is active; if the path led through it, with its number, and paler the longer ago. */
function partElement({ id, name, x, y, width, height }: DrawnState['parts'][number], status: Shown): SvgElement {
  const isActive = status.active.has(id)
  const isSmall = status.pixels * sizes.label < legible - 0.01
  const passed = status.passed?.findLast((part) => part.id === id)
  const classes = ['part', isActive ? 'active' : '', passed ? 'passed' : ''].filter(Boolean).join(' ')
  const style = passed && !isActive ? { style: `opacity:${fading(freshnessOf(status.path ?? [], passed.step))}` } : {}
  const size = sizes.label
  const number = passed ? [text(`${passed.number}`, { x: x + 2.5, y: y + 12.5, size, classes: 'part-number' })] : []
  return element('g', { class: classes, 'data-state': id }, [
    element('rect', { x: round(x), y: round(y), width: round(width), height, rx: 4, ...style }),
    ...(isSmall ? [] : [...number, text(name, { x: x + 10.5, y: y + 12.5, size, classes: 'note' })]),
    title(`${id}${isActive ? ', now' : passed ? `, ${passed.number}. inside of step ${passed.step}` : ''}`, ''),
  ])
}

/** The tooltip of a state: transitions that stay in it, or lead between folded states. They have no arrow. */
function insideText({ graph: { inside } }: DrawnState): string {
  if (inside.length === 0) return ''
  const names = [...new Set(inside.map(({ on, guard }) => `${triggerName(on)}${guard === null ? '' : ` [${guard}]`}`))]
  return `stays, or leads between states inside: ${names.join(', ')}`
}

const title = (more: string, name: string): SvgElement =>
  element('title', {}, [[name, more].filter((part) => part !== '').join('\n')])

/** Whether the arrow leads from an active state. One from any state is never lit: it would always be. */
const isLit = ({ arrow: { from, anyOf, transitions } }: DrawnArrow, { active }: Shown): boolean =>
  (from === null ? anyOf !== null : active.has(from)) && transitions.some(({ source }) => active.has(source))

function classesOf(base: string, arrow: DrawnArrow, status: Shown): string {
  const step = status.steps.findLast((one) => one.arrow === arrow)
  return [base, isLit(arrow, status) ? 'lit' : '', step ? `taken ${step.tone}` : ''].filter(Boolean).join(' ')
}

const arrowElement = (arrow: DrawnArrow, status: Shown): SvgElement => ({
  ...line(arrow.points, classesOf('arrow', arrow, status), isLit(arrow, status) ? 'arrowhead-lit' : 'arrowhead'),
  children: [arrowTitle(arrow)],
})

/** The tooltip of an arrow: all its transitions, also those that did not fit into the label. */
const arrowTitle = ({ arrow }: DrawnArrow): SvgElement =>
  title(
    arrow.transitions
      .map(
        ({ on, guard, source }) =>
          `${triggerName(on)}${guard === null ? '' : ` [${guard}]`}  (in ${source || 'any state'})`,
      )
      .join('\n'),
    `${arrow.from ?? anyName(arrow.anyOf)} → ${arrow.to}`,
  )

/** The lines of a label. If its arrow was just taken, they name what took it, as far as there is room. */
function linesOf({ arrow }: DrawnArrow, { lines, width }: DrawnLabel, { steps }: Shown): readonly LabelLine[] {
  const taken = steps.findLast((one) => one.arrow?.arrow === arrow)?.step.transitions ?? []
  const own = arrow.transitions.filter(({ id }) => taken.includes(id))
  if (own.length === 0) return lines
  const room = { lines: lines.length, characters: Math.floor((width - 6) / (sizes.label * sizes.character) + 0.01) }
  return shortened(labelLines(own), room)
}

function labelElement(arrow: DrawnArrow, status: Shown): SvgElement | null {
  if (!arrow.label) return null
  const { x, y, width, height } = arrow.label
  const attributes = { class: classesOf('label', arrow, status), 'data-arrow': arrow.id }
  if (status.pixels * sizes.label < legible - 0.01)
    return element('g', attributes, [arrowTitle(arrow), ...hiddenMark(x + width / 2, y + height / 2)])
  const lines = linesOf(arrow, arrow.label, status)
  // In the middle of its room, if it is shorter.
  const high = lines.length * sizes.lineHeight + 2
  const top = y + Math.max(0, height - high) / 2
  return element('g', attributes, [
    arrowTitle(arrow),
    element('rect', { x: round(x), y: round(top), width: round(width), height: round(high), rx: 3, class: 'halo' }),
    ...lines.map((at, index) =>
      text(at.text, { x: x + 3, y: top + 11 + index * sizes.lineHeight, size: sizes.label, classes: at.kind }),
    ),
  ])
}

function markElement({ kind, text: name, x, y, width, height }: DrawnMark, { pixels }: Shown): SvgElement {
  if (kind === 'initial')
    return element('circle', { cx: round(x + width / 2), cy: round(y + height / 2), r: 5, class: 'initial' })
  const size = Math.max(sizes.label, legible / pixels)
  const margin = (width - name.length * size * sizes.character) / 2
  return element('g', { class: 'any' }, [
    element('rect', { x: round(x), y: round(y), width: round(width), height: round(height), rx: height / 2 }),
    ...(margin < 2
      ? hiddenMark(x + width / 2, y + height / 2)
      : [text(name, { x: x + margin, y: y + 15, size, classes: 'name' })]),
    title('', name),
  ])
}
