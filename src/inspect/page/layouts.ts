// The drawings of charts. The chart of this release was laid out when the page was built; others are laid out by ELK, in a worker.
import type { ELK } from 'elkjs/lib/elk-api.js'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import shipped from 'virtual:shipped-charts'
import { hashOf } from '../../journal/hash.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { Drawing } from '../chart/layout.ts'
import { type ChartKind, drawChart, placeChart } from '../chart/story.ts'

const drawings = new Map<string, Drawing | Promise<Drawing>>()
const keptDrawings = 100

/** The drawing of a chart: at once if it was laid out before, as that of this release was. */
export function drawingOf(chart: ChartDefinition, kind: ChartKind): Drawing | Promise<Drawing> {
  const hash = hashFor(chart)
  const key = `${kind} ${hash}`
  const known = drawings.get(key)
  if (known) return known
  const drawing = hash === shipped.hash ? drawChart(chart, kind, shipped.places[kind]) : layOutNow(chart, kind, key)
  drawings.set(key, drawing)
  const [oldest] = drawings.keys()
  if (drawings.size > keptDrawings && oldest !== undefined) drawings.delete(oldest)
  return drawing
}

let engine: ELK | null = null

async function layOutNow(chart: ChartDefinition, kind: ChartKind, key: string): Promise<Drawing> {
  try {
    const { default: elk } = await import('elkjs/lib/elk-api.js')
    engine ??= new elk.default({ workerUrl })
    const drawing = drawChart(chart, kind, await placeChart(chart, kind, engine))
    drawings.set(key, drawing)
    return drawing
  } catch (cause) {
    // It is tried again at the next request.
    drawings.delete(key)
    throw cause
  }
}

const hashes = new WeakMap<ChartDefinition, string>()

/** The whole chart counts: processes could use the same name and version for different charts. */
function hashFor(chart: ChartDefinition): string {
  let hash = hashes.get(chart)
  if (hash === undefined) hashes.set(chart, (hash = hashOf(chart)))
  return hash
}
