// The layout of a graph, made by ELK, whose input and output are plain data.
import type { LayoutEdge, LayoutNode } from './layout-graph.ts'
import { triggerName } from '../../observe/transition-names.ts'
import {
  briefLines,
  type GraphArrow,
  type GraphState,
  isComposite,
  type LabelLine,
  labelLines,
  shortened,
} from './graph.ts'
import type { Box, DrawnLabel, Point } from './places.ts'

/** Sizes in pixels. The font is monospaced, so the width of a text is known without a browser. */
export const sizes = { label: 11, name: 13, lineHeight: 13, character: 0.602 } as const

export interface DrawnState extends Box {
  readonly id: string
  readonly name: string
  readonly graph: GraphState
  /** Lines under the name. */
  readonly notes: readonly string[]
  /** States inside that have their place in it, to be revealed. */
  readonly parts: readonly DrawnPart[]
  readonly depth: number
}

/** A state inside a folded one, at the place where it is revealed. */
interface DrawnPart extends Box {
  readonly id: string
  readonly name: string
}

export interface DrawnArrow {
  readonly id: string
  readonly arrow: GraphArrow
  /** The state that it is inside of. */
  readonly around: string
  readonly points: readonly Point[]
  readonly label: DrawnLabel | null
}

/** A dot that marks where a state begins, or a box for any state around, or any state with a tag. */
export interface DrawnMark extends Box {
  readonly id: string
  readonly kind: 'initial' | 'any'
  /** The text inside; empty for a dot. */
  readonly text: string
}

/** A chart with coordinates. They are relative to the whole picture. */
export interface Drawing {
  readonly width: number
  readonly height: number
  /** Parents first. */
  readonly states: readonly DrawnState[]
  readonly marks: readonly DrawnMark[]
  readonly arrows: readonly DrawnArrow[]
  /** From each initial mark to its state. */
  readonly beginnings: readonly (readonly Point[])[]
}

export interface LayoutOptions {
  /**
   * `whole`: labels name every event and guard, and the chart is as large as they need (default). `brief`: a few lines, with
   * guards only where they choose. In both, no label covers anything but its own arrow. `none`: arrows only.
   */
  readonly labels?: 'whole' | 'brief' | 'none'
  /** The room of a brief label. Default: three lines of 30 characters. */
  readonly room?: { readonly lines: number; readonly characters: number }
  /** States list their transitions without an arrow. Default: false. */
  readonly tellsInside?: boolean
  /** Folded states have room for those inside of them, so that these are revealed without a move. Default: false. */
  readonly reveals?: boolean
  /** In which row the states of the machine stand, from 0, by their ids. Default: where their arrows put them. */
  readonly rows?: Readonly<Record<string, number>>
  /** The size in which the names of states have room, for charts that are shown small. Default: that of names. */
  readonly largestName?: number
}

/** The part of ELK that is used: `new ELK()` is one. */
export interface LayoutEngine {
  layout(graph: LayoutNode): Promise<LayoutNode>
}

/** Lays a graph out. */
export async function layOut(graph: GraphState, engine: LayoutEngine, options: LayoutOptions = {}): Promise<Drawing> {
  return drawn(await place(graph, engine, options), graph, options)
}

/** The places of everything in a graph: plain data, which can be kept. */
export const place = (graph: GraphState, engine: LayoutEngine, options: LayoutOptions = {}): Promise<LayoutNode> =>
  engine.layout(elkNode(graph, options, 0))

const spacing = {
  'elk.algorithm': 'layered',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.layering.strategy': 'LONGEST_PATH',
  'elk.layered.nodePlacement.strategy': 'LINEAR_SEGMENTS',
  'elk.randomSeed': '1',
  'elk.layered.thoroughness': '30',
  'elk.spacing.nodeNode': '10',
  'elk.spacing.edgeNode': '8',
  'elk.spacing.edgeEdge': '6',
  'elk.spacing.edgeLabel': '2',
  'elk.spacing.nodeSelfLoop': '8',
  'elk.layered.spacing.nodeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '6',
  'elk.layered.spacing.edgeNodeBetweenLayers': '8',
  'elk.json.edgeCoords': 'ROOT',
  'elk.json.shapeCoords': 'ROOT',
} as const

/** Without labels there is little between the rows, so numbers need room there. */
const spacingWithoutLabels = {
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
} as const

/** Room inside a state, under its name. The machine itself is drawn without a name. */
const paddingOf = (depth: number, header: number): string => {
  const [top, side] = depth === 0 ? [4, 4] : [header + 8, 8]
  return `[top=${top},left=${side},bottom=${side},right=${side}]`
}

const initialOf = (id: string) => `${id}/initial`
const anyOf = (id: string, tag: string | null) => (tag === null ? `${id}/any` : `${id}/any/${tag}`)
const beginningOf = (id: string) => `${id}/beginning`

const textWidth = (text: string, size: number): number => text.length * size * sizes.character

function elkNode(graph: GraphState, options: LayoutOptions, depth: number): LayoutNode {
  const { state, children, arrows } = graph
  const header = headerOf(graph, options, depth)
  const inRow = depth === 1 && options.rows ? rowOf(options.rows, state.id) : {}
  if (children.length === 0) return { id: state.id, width: header.width, height: header.height, ...inRow }
  const marks = marksOf(graph)
  const begins = marks.filter(({ kind }) => kind === 'initial')
  return {
    // The machine's own id is empty, which ELK rejects.
    id: state.id || '/',
    layoutOptions: {
      ...spacing,
      ...(options.labels === 'none' ? spacingWithoutLabels : {}),
      'elk.direction': directionOf(options, depth),
      ...(isShortTop(options, depth) ? { 'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST' } : {}),
      ...(depth === 0 && options.rows ? { 'elk.partitioning.activate': 'true' } : {}),
      'elk.padding': paddingOf(depth, header.height),
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${header.width},${header.height})`,
    },
    children: [...marks, ...children.map((child) => elkNode(child, options, depth + 1))],
    edges: [
      ...begins.map(({ id }) => ({ id: beginningOf(state.id), sources: [id], targets: [state.initial ?? ''] })),
      ...arrows.map((arrow) => elkEdge(arrow, state.id, options)),
    ],
  }
}

const rowOf = (rows: Readonly<Record<string, number>>, id: string) => {
  const row = rows[id]
  return row === undefined ? {} : { layoutOptions: { 'elk.partitioning.partition': `${row}` } }
}

/** The dot and the boxes inside a state, with their sizes. */
function marksOf({ state, children, arrows }: GraphState): readonly Omit<DrawnMark, 'x' | 'y'>[] {
  // ELK rejects an arrow to a missing state.
  const isThere = children.some((child) => child.state.id === state.initial)
  const tags = new Set(arrows.flatMap(({ from, anyOf: tag }) => (from === null ? [tag] : [])))
  return [
    ...(isThere ? [{ id: initialOf(state.id), kind: 'initial', text: '', width: 10, height: 10 } as const] : []),
    ...[...tags].map((tag) => {
      const text = anyName(tag)
      return {
        id: anyOf(state.id, tag),
        kind: 'any',
        text,
        width: textWidth(text, sizes.label) + 14,
        height: 22,
      } as const
    }),
  ]
}

/** The text of the box that an arrow begins at. */
export const anyName = (tag: string | null): string => (tag === null ? 'any state' : `any ${tag} state`)

/** The machine's own states, with short labels: what follows from the first state goes down the page. */
const isShortTop = ({ labels = 'whole' }: LayoutOptions, depth: number): boolean => labels !== 'whole' && depth === 0

const directionOf = (options: LayoutOptions, depth: number): 'DOWN' | 'RIGHT' =>
  isShortTop(options, depth) ? 'DOWN' : 'RIGHT'

function elkEdge(arrow: GraphArrow, around: string, options: LayoutOptions): LayoutEdge {
  const ends = { id: arrow.id, sources: [arrow.from ?? anyOf(around, arrow.anyOf)], targets: [arrow.to] }
  if (options.labels === 'none') return ends
  const { width, height } = labelFor(arrow, options)
  // On its arrow rather than beside it, where it could be read as the label of a neighbour.
  const layoutOptions = { 'elk.edgeLabels.inline': `${options.labels === 'brief'}` }
  return { ...ends, labels: [{ text: arrow.id, width, height, layoutOptions }] }
}

interface Label {
  readonly lines: readonly LabelLine[]
  readonly width: number
  readonly height: number
}

const labelFor = (arrow: GraphArrow, { labels = 'whole', room = briefRoom }: LayoutOptions): Label =>
  labelOf(labels === 'whole' ? labelLines(arrow.transitions) : shortened(briefLines(arrow), room))

const briefRoom = { lines: 3, characters: 30 }

const labelOf = (lines: readonly LabelLine[]): Label => ({
  lines,
  width: Math.max(...lines.map(({ text }) => textWidth(text, sizes.label))) + 6,
  height: lines.length * sizes.lineHeight + 2,
})

function notesOf({ state, inside, isOpen }: GraphState, { tellsInside = false }: LayoutOptions): readonly string[] {
  const invoked = state.invokes.map((id) => `⚙ ${id}`)
  if (tellsInside) {
    const names = new Set(inside.map(({ on }) => triggerName(on)))
    return [...invoked, ...[...names].map((name) => `↺ ${name}`)]
  }
  return isOpen || state.parent === null ? invoked : invoked.slice(0, 1)
}

/** Room for a name, and for the lines under it. */
const headerHeight = (notes: number, nameSize: number): number =>
  nameSize + 13 + notes * sizes.lineHeight + (notes > 0 ? 4 : 0)

function headerOf(graph: GraphState, options: LayoutOptions, depth: number) {
  const notes = depth === 0 && !options.tellsInside ? [] : notesOf(graph, options)
  const nameSize = options.largestName ?? sizes.name
  const name = textWidth(graph.state.key, nameSize) + (isComposite(graph.state) ? 36 : 22)
  const parts = options.reveals
    ? partsOf(graph, headerHeight(notes.length, nameSize))
    : { placed: [], width: 0, height: 0 }
  const width = Math.max(48, name, parts.width, ...notes.map((line) => textWidth(line, sizes.label) + 16))
  const height = headerHeight(notes.length, nameSize) + parts.height
  return { notes, parts: parts.placed, width: Math.ceil(width), height: Math.max(height, nameSize + 13) }
}

/** The states without others inside them, in two columns under the header, each with room for a number before its name. */
function partsOf({ hidden }: GraphState, top: number) {
  const leaves = hidden.filter((state) => !isComposite(state))
  const widthOf = (column: number) =>
    Math.max(0, ...leaves.filter((_, at) => at % 2 === column).map(({ key }) => textWidth(key, sizes.label) + 14))
  const [first, second] = [widthOf(0), widthOf(1)]
  const placed = leaves.map(({ id, key }, at) => ({
    id,
    name: key,
    x: 7 + (at % 2) * (first + 4),
    y: top + Math.floor(at / 2) * (partHeight + 3),
    width: at % 2 === 0 ? first : second,
    height: partHeight,
  }))
  if (placed.length === 0) return { placed, width: 0, height: 0 }
  return { placed, width: first + second + 18, height: Math.ceil(placed.length / 2) * (partHeight + 3) + 3 }
}

const partHeight = 16

/** The drawing of a graph whose places are known. */
export function drawn(root: LayoutNode, graph: GraphState, options: LayoutOptions): Drawing {
  const states: DrawnState[] = []
  const marks: DrawnMark[] = []
  const arrows: DrawnArrow[] = []
  const beginnings: (readonly Point[])[] = []
  const visit = (node: LayoutNode, at: GraphState, depth: number) => {
    const { state } = at
    const { notes, parts } = headerOf(at, options, depth)
    const box = boxOf(node)
    states.push({
      ...box,
      id: state.id,
      name: state.key,
      graph: at,
      notes,
      parts: at.isOpen ? [] : parts.map((part) => ({ ...part, x: box.x + part.x, y: box.y + part.y })),
      depth,
    })
    for (const child of node.children ?? []) {
      const inner = at.children.find((candidate) => candidate.state.id === child.id)
      const mark = inner ? undefined : marksOf(at).find(({ id }) => id === child.id)
      if (inner) visit(child, inner, depth + 1)
      else if (mark) marks.push({ ...mark, ...boxOf(child) })
    }
    for (const edge of node.edges ?? []) {
      const points = pointsOf(edge)
      const arrow = at.arrows.find(({ id }) => id === edge.id)
      if (!arrow) beginnings.push(points)
      else {
        const [label] = edge.labels ?? []
        const placed = label && { ...boxOf(label), lines: labelFor(arrow, options).lines }
        arrows.push({ id: arrow.id, arrow, around: state.id, points, label: placed ?? null })
      }
    }
  }
  visit(root, graph, 0)
  return { width: root.width ?? 0, height: root.height ?? 0, states, marks, arrows, beginnings }
}

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({ x, y, width, height })

const pointsOf = ({ sections = [] }: LayoutEdge): readonly Point[] =>
  sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
