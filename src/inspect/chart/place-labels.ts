// Places labels on a chart that was laid out without them: each on its own arrow, over no state and no other label.
// A layout that reserves room for every label makes the chart too large for a window; along the arrows there is enough.
import type { LabelLine } from './graph.ts'
import type { Box, DrawnLabel, Point } from './places.ts'

export interface Labelled {
  readonly points: readonly Point[]
  /** The longest version of the label first, then shorter ones. */
  readonly versions: readonly Label[]
  readonly keepOff: readonly Box[]
}

export interface Label {
  readonly lines: readonly LabelLine[]
  readonly width: number
  readonly height: number
}

/** A label for each arrow, in order. If even the shortest has no room, it is placed where it covers least. */
export function placeLabels(arrows: readonly Labelled[], within: Box): readonly DrawnLabel[] {
  const segments = arrows.map(({ points }) => segmentsOf(points))
  const placed: (DrawnLabel | undefined)[] = arrows.map(() => undefined)
  // Arrows with the least room are served first.
  const order = [...arrows.keys()].toSorted((a, b) => reach(segments[a]) - reach(segments[b]))
  for (const index of order) {
    const others = segments.flatMap((list, at) => (at === index ? [] : list))
    const taken = placed.flatMap((label) => label ?? [])
    const { versions = [], keepOff = [] } = arrows[index] ?? {}
    let best: { label: DrawnLabel; cost: number } | null = null
    for (const version of versions) {
      const found = bestPlace(version, segments[index] ?? [], { within, keepOff: [...keepOff, ...taken] }, others)
      if (found && (best === null || found.cost < best.cost)) best = found
      if (best !== null && best.cost < inTheWay) break
    }
    if (best) placed[index] = best.label
  }
  return placed.flatMap((label) => label ?? [])
}

type Segment = readonly [Point, Point]

const segmentsOf = (points: readonly Point[]): readonly Segment[] =>
  points.slice(1).map((end, index): Segment => [points[index] ?? end, end])

const lengthOf = ([a, b]: Segment): number => Math.abs(a.x - b.x) + Math.abs(a.y - b.y)

const reach = (segments: readonly Segment[] = []): number => Math.max(0, ...segments.map(lengthOf))

/** The cost of a place that covers a state, a mark or another label. */
const inTheWay = 1_000

/** Pixels between the places that are tried along an arrow. */
const stride = 6

/** How far a label is moved off its arrow, as a part of its size. */
const besideUpright = [0, -0.25, 0.25, -0.5, 0.5].map((dx) => [dx, 0] as const)
const besideLevel = [0, -0.5, 0.5].map((dy) => [0, dy] as const)

interface Surroundings {
  readonly within: Box
  readonly keepOff: readonly Box[]
}

function bestPlace(
  label: Label,
  segments: readonly Segment[],
  surroundings: Surroundings,
  others: readonly Segment[],
): { label: DrawnLabel; cost: number } | null {
  let best: { label: DrawnLabel; cost: number } | null = null
  for (const segment of segments) {
    const [a, b] = segment
    const steps = Math.max(1, Math.floor(lengthOf(segment) / stride))
    for (let step = 0; step <= steps; step++) {
      const part = step / steps
      for (const [dx, dy] of a.x === b.x ? besideUpright : besideLevel) {
        const x = a.x + (b.x - a.x) * part - label.width * (0.5 - dx)
        const y = a.y + (b.y - a.y) * part - label.height * (0.5 - dy)
        const box = { x, y, width: label.width, height: label.height }
        // Best is the middle of a long segment.
        const cost =
          costOf(box, surroundings, others) +
          Math.abs(part - 0.5) * 8 +
          (Math.abs(dx) + Math.abs(dy)) * 12 -
          Math.min(lengthOf(segment), 300) / 30
        if (best === null || cost < best.cost) best = { label: { ...box, lines: label.lines }, cost }
      }
    }
  }
  return best
}

function costOf(box: Box, { within, keepOff }: Surroundings, others: readonly Segment[]): number {
  const outside =
    box.x < within.x ||
    box.y < within.y ||
    box.x + box.width > within.x + within.width ||
    box.y + box.height > within.y + within.height
  let cost = outside ? inTheWay * 100 : 0
  for (const other of keepOff) if (overlaps(box, other, 2)) cost += inTheWay + overlapArea(box, other)
  for (const [a, b] of others) if (crosses(box, a, b)) cost += 25
  return cost
}

export const overlaps = (a: Box, b: Box, margin = 0): boolean =>
  a.x < b.x + b.width + margin &&
  b.x < a.x + a.width + margin &&
  a.y < b.y + b.height + margin &&
  b.y < a.y + a.height + margin

const overlapArea = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)) *
  Math.max(0, Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y))

/** Arrows run along the axes. */
const crosses = (box: Box, a: Point, b: Point): boolean =>
  Math.max(a.x, b.x) > box.x &&
  Math.min(a.x, b.x) < box.x + box.width &&
  Math.max(a.y, b.y) > box.y &&
  Math.min(a.y, b.y) < box.y + box.height
