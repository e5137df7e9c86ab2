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
import { type Label, placeLabels } from './place-labels.ts'
import type { Box, DrawnLabel, Point } from './places.ts'

/** Sizes in pixels. The font is monospaced, so the width of a text is known without a browser. */
export const sizes = { label: 11, name: 13, lineHeight: 13, character: 0.602 } as const

export interface DrawnState extends Box {
  readonly id: string
  readonly name: string
  readonly graph: GraphState
  /** Lines under the name. */
  readonly notes: readonly string[]
  readonly depth: number
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
   * `whole`: labels name every event and guard, and the chart is as large as they need (default). `brief`: up to three
   * lines, with guards only where they choose. `compact`: the chart is as small as its arrows allow, and labels are put
   * where there is room. In the first two no label covers anything but its own arrow.
   */
  readonly labels?: 'whole' | 'brief' | 'compact'
  /** How tight a compact chart is. Default: `airy`. */
  readonly spacing?: 'airy' | 'low' | 'small' | 'least' | 'tightest'
  /** The direction of the states inside an open one of a compact chart; `dense` takes the least room. Default: `right`. */
  readonly inside?: 'right' | 'down' | 'dense'
  /** States list their transitions without an arrow. Default: false. */
  readonly tellsInside?: boolean
}

/** The part of ELK that is used: `new ELK()` is one. */
export interface LayoutEngine {
  layout(graph: LayoutNode): Promise<LayoutNode>
}

/** Lays a graph out. */
export async function layOut(graph: GraphState, engine: LayoutEngine, options: LayoutOptions = {}): Promise<Drawing> {
  const drawn = await engine.layout(elkNode(graph, options, 0))
  return read(drawn, graph, options)
}

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

/** Room for labels along the arrows: a line of text is higher than the space between two arrows. */
const compactSpacing = (arrows: number, levels: number, between: number) => ({
  'elk.spacing.edgeEdge': `${arrows}`,
  'elk.spacing.edgeNode': `${arrows}`,
  'elk.spacing.nodeNode': '14',
  'elk.layered.spacing.nodeNodeBetweenLayers': `${levels}`,
  'elk.layered.spacing.edgeEdgeBetweenLayers': `${between}`,
  'elk.layered.spacing.edgeNodeBetweenLayers': '10',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
})

const compact = {
  airy: compactSpacing(25, 24, 10),
  low: compactSpacing(25, 16, 8),
  small: compactSpacing(20, 12, 6),
  least: compactSpacing(14, 7, 4),
  tightest: compactSpacing(12, 6, 3),
} as const

/** Inside an open state of a compact chart. */
const tight = {
  'elk.spacing.edgeEdge': '5',
  'elk.spacing.edgeNode': '5',
  'elk.spacing.nodeNode': '8',
  'elk.spacing.edgeLabel': '1',
  'elk.layered.spacing.nodeNodeBetweenLayers': '8',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '4',
  'elk.layered.spacing.edgeNodeBetweenLayers': '5',
} as const

/** The same with room for labels on the arrows. */
const dense = {
  ...tight,
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeNode': '12',
  'elk.layered.spacing.nodeNodeBetweenLayers': '18',
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
  if (children.length === 0) return { id: state.id, width: header.width, height: header.height }
  const marks = marksOf(graph)
  const begins = marks.filter(({ kind }) => kind === 'initial')
  return {
    // The machine's own id is empty, which ELK rejects.
    id: state.id || '/',
    layoutOptions: {
      ...spacing,
      'elk.direction': directionOf(options, depth),
      ...(isShortTop(options, depth) ? { 'elk.layered.cycleBreaking.strategy': 'DEPTH_FIRST' } : {}),
      ...compactOf(options, depth),
      'elk.padding': paddingOf(depth, header.height),
      'elk.nodeSize.constraints': 'MINIMUM_SIZE',
      'elk.nodeSize.minimum': `(${header.width},${header.height})`,
    },
    children: [...marks, ...children.map((child) => elkNode(child, options, depth + 1))],
    edges: [
      ...begins.map(({ id }) => ({ id: beginningOf(state.id), sources: [id], targets: [state.initial ?? ''] })),
      ...arrows.map((arrow) => elkEdge(arrow, state.id, options, depth)),
    ],
  }
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
  isShortTop(options, depth) || isPlaced(options, depth) || (depth > 0 && (options.inside ?? 'right') !== 'right')
    ? 'DOWN'
    : 'RIGHT'

function compactOf({ labels, inside, spacing: saved = 'airy' }: LayoutOptions, depth: number): object {
  if (labels !== 'compact') return {}
  if (depth === 0) return compact[saved]
  return inside === 'dense' ? dense : tight
}

/** Labels are placed after the layout. Inside an open state there are few arrows, so room is reserved for their labels. */
const isPlaced = ({ labels, inside }: LayoutOptions, depth: number): boolean =>
  labels === 'compact' && (depth === 0 || inside === 'dense')

function elkEdge(arrow: GraphArrow, around: string, options: LayoutOptions, depth: number): LayoutEdge {
  const edge = { id: arrow.id, sources: [arrow.from ?? anyOf(around, arrow.anyOf)], targets: [arrow.to] }
  if (isPlaced(options, depth)) return edge
  const { width, height } = reservedLabel(arrow, options)
  // On its arrow rather than beside it, where it could be read as the label of a neighbour.
  const layoutOptions = { 'elk.edgeLabels.inline': `${options.labels === 'brief'}` }
  return { ...edge, labels: [{ text: arrow.id, width, height, layoutOptions }] }
}

function reservedLabel(arrow: GraphArrow, { labels = 'whole' }: LayoutOptions): Label {
  if (labels === 'whole') return labelOf(labelLines(arrow.transitions))
  return labelOf(shortened(briefLines(arrow), labels === 'brief' ? briefRoom : { lines: 1, characters: 12 }))
}

const briefRoom = { lines: 3, characters: 30 }

const labelOf = (lines: readonly LabelLine[]): Label => ({
  lines,
  width: Math.max(...lines.map(({ text }) => textWidth(text, sizes.label))) + 6,
  height: lines.length * sizes.lineHeight + 2,
})

/** The label in shorter and shorter versions. */
const versionsOf = (arrow: GraphArrow): readonly Label[] =>
  rooms.map((room) => labelOf(shortened(briefLines(arrow), room)))

const rooms = [
  { lines: 3, characters: 26 },
  { lines: 2, characters: 24 },
  { lines: 1, characters: 20 },
  { lines: 1, characters: 14 },
  { lines: 1, characters: 9 },
  { lines: 1, characters: 5 },
  { lines: 1, characters: 1 },
]

function notesOf({ state, inside, isOpen }: GraphState, { tellsInside = false }: LayoutOptions): readonly string[] {
  const invoked = state.invokes.map((id) => `⚙ ${id}`)
  if (tellsInside) {
    const names = new Set(inside.map(({ on }) => triggerName(on)))
    return [...invoked, ...[...names].map((name) => `↺ ${name}`)]
  }
  return isOpen || state.parent === null ? invoked : invoked.slice(0, 1)
}

const headerHeight = (notes: number): number => 26 + notes * sizes.lineHeight + (notes > 0 ? 4 : 0)

/** How a folded state names the active state inside it. */
export const withinText = (key: string): string => `▸ ${key}`

function headerOf(graph: GraphState, options: LayoutOptions, depth: number) {
  const notes = depth === 0 && !options.tellsInside ? [] : notesOf(graph, options)
  const name = textWidth(graph.state.key, sizes.name) + (isComposite(graph.state) ? 36 : 22)
  // A folded state inside an open one names its active state.
  const within = depth > 1 ? graph.hidden.map(({ key }) => withinText(key)) : []
  const width = Math.max(48, name, ...[...notes, ...within].map((line) => textWidth(line, sizes.label) + 16))
  return { notes, width: Math.ceil(width), height: headerHeight(notes.length + (within.length > 0 ? 1 : 0)) }
}

function read(root: LayoutNode, graph: GraphState, options: LayoutOptions): Drawing {
  const states: DrawnState[] = []
  const marks: DrawnMark[] = []
  const arrows: DrawnArrow[] = []
  const beginnings: (readonly Point[])[] = []
  const visit = (node: LayoutNode, at: GraphState, depth: number) => {
    const { state } = at
    states.push({
      ...boxOf(node),
      id: state.id,
      name: state.key,
      graph: at,
      notes: headerOf(at, options, depth).notes,
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
        const reserved = label && { ...boxOf(label), lines: reservedLabel(arrow, options).lines }
        arrows.push({ id: arrow.id, arrow, around: state.id, points, label: reserved ?? null })
      }
    }
  }
  visit(root, graph, 0)
  const drawing = { width: root.width ?? 0, height: root.height ?? 0, states, marks, arrows, beginnings }
  return options.labels === 'compact' ? withPlacedLabels(drawing) : drawing
}

function withPlacedLabels(drawing: Drawing): Drawing {
  const { width, height, states, marks, arrows } = drawing
  const bare = arrows.filter(({ label }) => label === null)
  const reserved = arrows.flatMap(({ label }) => label ?? [])
  const placed = placeLabels(
    bare.map((arrow) => ({
      points: arrow.points,
      versions: versionsOf(arrow.arrow),
      keepOff: [...marks, ...reserved, ...states.flatMap((state) => solidPart(state, arrow.around))],
    })),
    { x: 0, y: 0, width, height },
  )
  const labels = new Map(bare.map((arrow, index) => [arrow, placed[index] ?? null]))
  return { ...drawing, arrows: arrows.map((arrow) => ({ ...arrow, label: arrow.label ?? labels.get(arrow) ?? null })) }
}

/** The part of a state that no label may cover: all of it, or the header of a state around the arrow. */
function solidPart({ id, x, y, width, height, depth, notes }: DrawnState, around: string): readonly Box[] {
  if (depth === 0) return []
  const isAround = around === id || around.startsWith(`${id}.`)
  return [{ x, y, width, height: isAround ? headerHeight(notes.length) : height }]
}

const boxOf = ({ x = 0, y = 0, width = 0, height = 0 }: Partial<Box>): Box => ({ x, y, width, height })

const pointsOf = ({ sections = [] }: LayoutEdge): readonly Point[] =>
  sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [startPoint, ...bendPoints, endPoint])
