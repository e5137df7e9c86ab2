// Lays out charts with ELK, in a worker. Drawings are cached.
import elk from 'elkjs/lib/elk-api.js'
import workerUrl from 'elkjs/lib/elk-worker.min.js?url'
import type { ChartDefinition } from '../chart/definition.ts'
import { layOutToFit } from '../chart/fit.ts'
import { graphOf } from '../chart/graph.ts'
import type { Drawing } from '../chart/layout.ts'

const engine = new elk.default({ workerUrl })
const drawings = new Map<string, Promise<Drawing>>()
const keptDrawings = 200

/** Windows whose sizes differ by less share a drawing. */
const bucket = 40

export function drawingOf(
  chart: ChartDefinition,
  open: ReadonlySet<string>,
  window: { readonly width: number; readonly height: number },
): Promise<Drawing> {
  const size = { width: roundDown(window.width), height: roundDown(window.height) }
  const key = JSON.stringify([textOf(chart), [...open].toSorted(), size])
  let drawing = drawings.get(key)
  if (!drawing) {
    drawings.set(key, (drawing = layOutToFit(graphOf(chart, open), engine, window)))
    // A failed layout is tried again at the next request.
    drawing.catch(() => drawings.delete(key))
    const [oldest] = drawings.keys()
    if (drawings.size > keptDrawings && oldest !== undefined) drawings.delete(oldest)
  }
  return drawing
}

const texts = new WeakMap<ChartDefinition, string>()

/** The cache key is the whole chart: processes could use the same name and version for different charts. */
function textOf(chart: ChartDefinition): string {
  let text = texts.get(chart)
  if (text === undefined) texts.set(chart, (text = JSON.stringify(chart)))
  return text
}

const roundDown = (pixels: number): number => Math.floor(pixels / bucket) * bucket
