// Lays the chart of this release out while the page is built, so that nobody waits for it: a module for Vite.
import ElkBundled from 'elkjs/lib/elk.bundled.js'
import type { AnyStateMachine } from 'xstate'
import { conversationMachine } from '../../../machines/index.ts'
import { hashOf } from '../../journal/hash.ts'
import { chartOf } from '../chart/definition.ts'
import type { LayoutEdge, LayoutNode } from '../chart/layout-graph.ts'
import { type ChartKind, placeChart } from '../chart/story.ts'

const name = 'virtual:shipped-charts'

/** What the module exports: the hash of the chart, and the places of everything in it. */
export interface ShippedCharts {
  readonly hash: string
  readonly places: Readonly<Record<ChartKind, LayoutNode>>
}

/** The layouts of the chart of this release. */
export async function shippedCharts(): Promise<ShippedCharts> {
  const chart = chartOf(conversationMachine as AnyStateMachine)
  const engine = new ElkBundled.default()
  const placed = async (kind: ChartKind) => placesOnly(await placeChart(chart, kind, engine))
  const places = { story: await placed('story'), whole: await placed('whole'), narrow: await placed('narrow') }
  return { hash: hashOf(chart), places }
}

/** Without what ELK was told, and without fractions of pixels. */
const placesOnly = ({ id, x, y, width, height, children, edges }: LayoutNode): LayoutNode => ({
  id,
  ...rounded({ x, y, width, height }),
  ...(children ? { children: children.map(placesOnly) } : {}),
  ...(edges ? { edges: edges.map(placesOfEdge) } : {}),
})

const placesOfEdge = ({ id, sources, targets, labels, sections }: LayoutEdge): LayoutEdge => ({
  id,
  sources,
  targets,
  ...(labels ? { labels: labels.map(({ x, y, width, height }) => rounded({ x, y, width, height })) } : {}),
  ...(sections
    ? {
        sections: sections.map(({ id: section, startPoint, endPoint, bendPoints = [] }) => ({
          id: section,
          startPoint: point(startPoint),
          endPoint: point(endPoint),
          bendPoints: bendPoints.map(point),
        })),
      }
    : {}),
})

const tenth = (value: number): number => Math.round(value * 10) / 10

const point = ({ x, y }: { readonly x: number; readonly y: number }) => ({ x: tenth(x), y: tenth(y) })

const rounded = (box: {
  x: number | undefined
  y: number | undefined
  width: number | undefined
  height: number | undefined
}) => ({
  x: tenth(box.x ?? 0),
  y: tenth(box.y ?? 0),
  width: tenth(box.width ?? 0),
  height: tenth(box.height ?? 0),
})

/** The plugin of Vite that provides the module. */
export const shippedChartsPlugin = () => ({
  name: 'shipped-charts',
  resolveId: (id: string) => (id === name ? `\0${name}` : null),
  load: async (id: string) => (id === `\0${name}` ? `export default ${JSON.stringify(await shippedCharts())}` : null),
})
