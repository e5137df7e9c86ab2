// Picks the best of several layouts for a window: few collisions, and as much text as possible without zooming.
import type { GraphState } from './graph.ts'
import { type Drawing, type LayoutEngine, layOut } from './layout.ts'
import { overlaps } from './place-labels.ts'

/** Layouts from the most spacious to the tightest. */
const ways = [
  { spacing: 'airy', inside: 'right' },
  { spacing: 'low', inside: 'right' },
  { spacing: 'small', inside: 'right' },
  { spacing: 'low', inside: 'down' },
  { spacing: 'small', inside: 'down' },
  { spacing: 'low', inside: 'dense' },
  { spacing: 'small', inside: 'dense' },
  { spacing: 'least', inside: 'down' },
  { spacing: 'least', inside: 'dense' },
  { spacing: 'tightest', inside: 'down' },
  { spacing: 'tightest', inside: 'dense' },
] as const

/** A compact drawing for a window of this size, in pixels. */
export async function layOutToFit(
  graph: GraphState,
  engine: LayoutEngine,
  window: { readonly width: number; readonly height: number },
): Promise<Drawing> {
  let best: { drawing: Drawing; cost: number } | null = null
  for (const way of ways) {
    const drawing = await layOut(graph, engine, { labels: 'compact', ...way })
    const [covered, excess] = [collisions(drawing), tooLarge(drawing, window)]
    const cost = covered + excess * 1_000 - told(drawing) / 1_000
    if (best === null || cost < best.cost) best = { drawing, cost }
    if (covered <= 1 && excess === 0) break
  }
  if (!best) throw new TypeError('There is always one way at least.')
  return best.drawing
}

/** By which part of the window's size the drawing is too large; 0 if it fits. */
const tooLarge = (drawing: Drawing, window: { width: number; height: number }): number =>
  Math.max(0, drawing.width / window.width - 1, drawing.height / window.height - 1)

/** Number of pairs of labels, or of a label and a state, that cover each other. */
export function collisions({ states, arrows }: Drawing): number {
  const labels = arrows.flatMap(({ label }) => label ?? [])
  const leaves = states.filter(({ graph }) => graph.children.length === 0)
  let count = 0
  for (const [index, label] of labels.entries()) {
    for (const other of labels.slice(index + 1)) if (overlaps(label, other)) count++
    for (const leaf of leaves) if (overlaps(label, leaf)) count++
  }
  return count
}

/** Number of characters in labels. */
const told = ({ arrows }: Drawing): number =>
  arrows.reduce((sum, { label }) => sum + (label?.lines.reduce((n, { text }) => n + text.length, 0) ?? 0), 0)
