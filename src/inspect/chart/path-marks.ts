// The path of a turn over a drawing: which arrows it took, in which order, and where its numbers stand.
import type { DrawnArrow, DrawnState, Drawing } from './layout.ts'
import type { Box, Point } from './places.ts'

/** What a state means for the user. Each tone has a colour of its own. */
export type Tone = 'refused' | 'rejected' | 'reset' | 'plain'

/** One step of a path, from one state of the machine to another. */
export interface PathStep {
  /** Its place in the path, from 1. */
  readonly number: number
  readonly from: string
  readonly to: string
  /** Ids of the transitions that were taken. */
  readonly transitions: readonly string[]
}

/** A state inside of another one that the path led through. */
export interface PassedPart {
  readonly id: string
  /** The step of the path that led to the state around it. */
  readonly step: number
  /** Its place among the states that were passed inside of that, from 1. */
  readonly number: number
}

/**
 * A step as it is drawn: on its arrow; where the drawing has none, straight from state to state; where something is in between, only
 * as a number on the state that it led to.
 */
export interface DrawnStep {
  readonly step: PathStep
  readonly arrow: DrawnArrow | null
  /** Empty without a line. */
  readonly points: readonly Point[]
  /** The state that it led to. */
  readonly to: DrawnState
  readonly tone: Tone
  /** From 0, the oldest that is still drawn, to 1, the latest. */
  readonly freshness: number
}

/** The number of the latest steps that are drawn. */
const drawnSteps = 12

/** The tone of a state, by its name. */
export function toneOf(state: string): Tone {
  const [top] = state.split('.', 1)
  return top === 'refused' || top === 'rejected' || top === 'reset' ? top : 'plain'
}

/** The steps that a drawing can show, the oldest first. */
export function stepsIn(drawing: Drawing, path: readonly PathStep[]): readonly DrawnStep[] {
  const latest = path.slice(-drawnSteps)
  return latest.flatMap((step) => {
    const to = drawing.states.find(({ id }) => id === step.to)
    if (!to) return []
    const arrow = drawing.arrows.find(({ arrow: { transitions } }) =>
      transitions.some(({ id }) => step.transitions.includes(id)),
    )
    const points = arrow?.points ?? straight(drawing, step)
    return [
      { step, arrow: arrow ?? null, points, to, tone: toneOf(step.to), freshness: freshnessOf(path, step.number) },
    ]
  })
}

/** How fresh a step of a path is: from 0, the oldest that is still drawn, to 1, the latest. */
export function freshnessOf(path: readonly PathStep[], number: number): number {
  const latest = path.slice(-drawnSteps)
  return (latest.findIndex((step) => step.number === number) + 1) / Math.max(1, latest.length)
}

/** The line from state to state, if nothing is in between. */
function straight({ states, marks, arrows }: Drawing, { from, to }: PathStep): readonly Point[] {
  const [begin, end] = [from, to].map((id) => states.find((state) => state.id === id))
  if (!begin || !end) return []
  const points = [border(begin, centre(end)), border(end, centre(begin))]
  const others = states.filter((state) => state.depth > 0 && state !== begin && state !== end)
  const labels = arrows.flatMap(({ label }) => label ?? [])
  const isFree = along(points, 4).every((point) => ![...others, ...marks, ...labels].some((box) => holds(box, point)))
  return isFree ? points : []
}

const holds = ({ x, y, width, height }: Box, point: Point): boolean =>
  point.x >= x && point.x <= x + width && point.y >= y && point.y <= y + height

const centre = ({ x, y, width, height }: DrawnState): Point => ({ x: x + width / 2, y: y + height / 2 })

/** Where the line from the middle of a box to a point leaves the box. */
function border(box: DrawnState, to: Point): Point {
  const at = centre(box)
  const [dx, dy] = [to.x - at.x, to.y - at.y]
  const part = Math.min(
    dx === 0 ? Number.POSITIVE_INFINITY : box.width / 2 / Math.abs(dx),
    dy === 0 ? Number.POSITIVE_INFINITY : box.height / 2 / Math.abs(dy),
    1,
  )
  return { x: at.x + dx * part, y: at.y + dy * part }
}

/** The numbers on one line, and the point where they stand: before its end, where no label covers them. */
export interface DrawnNumbers extends Point {
  readonly text: string
  readonly tone: Tone
  readonly freshness: number
}

/**
 * The numbers of a path.
 *
 * @param size Width of a digit's badge in the units of the drawing
 */
export function numbersOf(steps: readonly DrawnStep[], keepOff: readonly Box[], size: number): readonly DrawnNumbers[] {
  const lines = new Map<string, DrawnStep[]>()
  for (const step of steps) {
    const key = JSON.stringify(step.points.length > 0 ? step.points : step.to.id)
    lines.set(key, [...(lines.get(key) ?? []), step])
  }
  const placed: (DrawnNumbers & Box)[] = []
  for (const taken of lines.values()) {
    const last = taken.at(-1)
    if (!last) continue
    const numbers = taken.map(({ step }) => step.number)
    const text = numbers.length > 2 ? `…${numbers.slice(-2).join('·')}` : numbers.join('·')
    const badge = { width: size * (0.9 + text.length * 0.8), height: size * 1.8 }
    const { x, y } = freePlace(last.points, [...keepOff, ...placed.map(around)], badge) ?? cornerOf(last.to, badge)
    placed.push({
      x,
      y,
      ...badge,
      text,
      tone: last.tone,
      freshness: last.freshness,
    })
  }
  return placed
}

/** The box around a point in its middle. */
const around = ({ x, y, width, height }: Box): Box => ({ x: x - width / 2, y: y - height / 2, width, height })

/** A point on the line, or else beside it, as near to its end as no box is in the way; `null` for none. */
function freePlace(points: readonly Point[], keepOff: readonly Box[], badge: Badge): Point | null {
  const all = along(points, 4).toReversed()
  const [wide, high] = [badge.width / 2, badge.height / 2]
  const isFree = ({ x, y }: Point) =>
    keepOff.every(
      (box) => x + wide < box.x || x - wide > box.x + box.width || y + high < box.y || y - high > box.y + box.height,
    )
  const onLine = all.find((point, index) => index * 4 > high * 1.3 && isFree(point))
  if (onLine) return onLine
  // A short arrow is full with its label.
  for (let aside = wide; aside < wide * 5; aside += 4)
    for (const { x, y } of all) {
      const beside = [x - aside, x + aside].map((at) => ({ x: at, y })).find((at) => at.x > wide && isFree(at))
      if (beside) return beside
    }
  return null
}

/** The upper right corner of a state: there is never a name. */
const cornerOf = ({ x, y, width }: Box, badge: Badge): Point => ({ x: x + width - badge.width / 2 + 5, y })

type Badge = Pick<Box, 'width' | 'height'>

/** Points along a line, this far from each other. */
function along(points: readonly Point[], stride: number): readonly Point[] {
  return points.slice(1).flatMap((end, index) => {
    const begin = points[index] ?? end
    const steps = Math.max(1, Math.floor(Math.hypot(end.x - begin.x, end.y - begin.y) / stride))
    return Array.from({ length: steps }, (_, step) => ({
      x: begin.x + ((end.x - begin.x) * (step + 1)) / steps,
      y: begin.y + ((end.y - begin.y) * (step + 1)) / steps,
    }))
  })
}
