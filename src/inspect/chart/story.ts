// The simple chart of a conversation: the states and arrows that tell what happens to a message. The other states stand in a row
// below, without arrows, so that every state can be shown as active.
import type { LayoutNode } from './layout-graph.ts'
import { triggerName } from '../../observe/transition-names.ts'
import { type ChartDefinition, type ChartTransition } from './definition.ts'
import { type GraphState, graphOf } from './graph.ts'
import { type Drawing, type DrawnState, drawn, type LayoutEngine, type LayoutOptions, place } from './layout.ts'

/** What each state leads to, in the story. */
const told: Readonly<Record<string, readonly string[]>> = {
  idle: ['asking'],
  asking: ['streaming'],
  streaming: ['completed', 'refused', 'rejected', 'tools', 'waitingToRetry', 'stopped', 'failed'],
  tools: ['asking'],
  waitingToRetry: ['asking'],
  'completed.saved': ['asking'],
  'stopped.saved': ['asking'],
  'failed.saved': ['asking'],
  refused: ['reset'],
  rejected: ['asking', 'reset', 'failed'],
  reset: ['asking', 'idle'],
}

const storyStates: ReadonlySet<string> = new Set(Object.keys(told).map(topOf))

/** Triggers that are no part of the story where others lead the same way. */
const quiet = /^(?:conversation\.|turn\.branch|context\.compact|after .*Timeout|error: )/

/** The charts that the page shows. `narrow` is the story for narrow windows, without labels. */
export type ChartKind = 'story' | 'whole' | 'narrow'

const brief: LayoutOptions = { labels: 'brief', room: { lines: 2, characters: 16 }, reveals: true }

/** The rows of the narrow chart: three states fit beside each other. */
const rows: Readonly<Record<string, number>> = {
  asking: 0,
  streaming: 1,
  refused: 2,
  rejected: 2,
  tools: 2,
  reset: 3,
  waitingToRetry: 3,
  idle: 4,
  stopped: 4,
  completed: 4,
  failed: 5,
}

/** The whole chart is shown at half its size or less, where names are enlarged. */
const optionsOf: Readonly<Record<ChartKind, LayoutOptions>> = {
  story: brief,
  whole: { ...brief, largestName: 22 },
  narrow: { labels: 'none', rows, largestName: 15 },
}

/** Whether a chart has the states of the story. */
export const hasStory = ({ states }: ChartDefinition): boolean =>
  [...storyStates].every((id) => states.some((state) => state.id === id))

/** The places of everything in one of the charts. */
export const placeChart = (chart: ChartDefinition, kind: ChartKind, engine: LayoutEngine): Promise<LayoutNode> =>
  place(graphFor(chart, kind), engine, optionsOf[kind])

/** The drawing of one of the charts whose places are known. */
export function drawChart(chart: ChartDefinition, kind: ChartKind, places: LayoutNode): Drawing {
  const drawing = drawn(places, graphFor(chart, kind), optionsOf[kind])
  return kind === 'whole' ? drawing : withOthers(drawing, chart)
}

function graphFor(chart: ChartDefinition, kind: ChartKind): GraphState {
  if (kind === 'whole') return graphOf(chart, new Set())
  const ofStory = chart.transitions.filter(isTold)
  const loud = ofStory.filter((transition) => !isQuiet(transition))
  const ways = new Set(loud.map(wayOf))
  const transitions = ofStory.filter((transition) => !isQuiet(transition) || !ways.has(wayOf(transition)))
  return graphOf({ ...chart, transitions }, new Set(), storyStates)
}

const isTold = ({ source, targets: [target = ''] }: ChartTransition): boolean =>
  (told[source] ?? told[topOf(source)])?.includes(topOf(target)) === true

/** A refusal is resolved; a stop does that too. */
const isQuiet = ({ on, source }: ChartTransition): boolean =>
  quiet.test(triggerName(on)) || (topOf(source) === 'refused' && triggerName(on) === 'user.stop')

const wayOf = ({ source, targets: [target = ''] }: ChartTransition): string => `${topOf(source)}>${topOf(target)}`

function topOf(id: string): string {
  return id.split('.', 1)[0] ?? id
}

const gap = 10
const height = 24

/** Adds the states that are no part of the story. */
function withOthers(drawing: Drawing, chart: ChartDefinition): Drawing {
  const shown = new Set(drawing.states.map(({ id }) => id))
  const others: DrawnState[] = []
  const widest = Math.max(...drawing.states.map((state) => state.x + state.width))
  let x = 4
  let y = drawing.height + gap
  for (const { state } of graphOf({ ...chart, transitions: [] }, new Set()).children) {
    if (shown.has(state.id)) continue
    const width = Math.ceil(state.key.length * 13 * 0.602) + 22
    if (x > 4 && x + width > widest) [x, y] = [4, y + height + gap]
    const graph: GraphState = { state, children: [], isOpen: false, hidden: [], inside: [], arrows: [] }
    others.push({ id: state.id, name: state.key, graph, notes: [], parts: [], depth: 1, x, y, width, height })
    x += width + gap
  }
  if (others.length === 0) return drawing
  return {
    ...drawing,
    width: Math.max(drawing.width, ...others.map((state) => state.x + state.width + 4)),
    height: y + height + 2,
    states: [...drawing.states, ...others],
  }
}
