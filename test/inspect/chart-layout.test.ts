import ElkBundled from 'elkjs/lib/elk.bundled.js'
import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../machines/index.ts'
import { chartOf } from '../../src/inspect/chart/definition.ts'
import { triggerName } from '../../src/observe/transition-names.ts'
import { graphOf, isComposite, labelLines, shortened } from '../../src/inspect/chart/graph.ts'
import { type Drawing, layOut } from '../../src/inspect/chart/layout.ts'
import { type Box, overlaps } from '../../src/inspect/chart/places.ts'
import { activeStates, chartElements, type SvgElement } from '../../src/inspect/chart/svg.ts'

const engine = new ElkBundled.default()
const conversation = chartOf(conversationMachine as AnyStateMachine)
const charts = [conversation, chartOf(toolCallsMachine as AnyStateMachine), chartOf(toolCallMachine as AnyStateMachine)]

const composites = (chart: typeof conversation) => new Set(chart.states.filter(isComposite).map(({ id }) => id))

const isInside = (inner: Box, outer: Box) =>
  inner.x >= outer.x - 0.5 &&
  inner.y >= outer.y - 0.5 &&
  inner.x + inner.width <= outer.x + outer.width + 0.5 &&
  inner.y + inner.height <= outer.y + outer.height + 0.5

const parentOf = (id: string) => id.split('.').slice(0, -1).join('.')

/** Sibling states that overlap, and states that extend beyond their parent. */
function misplaced({ states }: Drawing): readonly string[] {
  return states.flatMap((state, index) => {
    const covered = states
      .slice(index + 1)
      .filter(
        (other) =>
          other.depth > 0 && state.depth > 0 && parentOf(other.id) === parentOf(state.id) && overlaps(state, other),
      )
    const around = states.find(({ id, depth }) => depth < state.depth && id === parentOf(state.id))
    return [
      ...covered.map((other) => `${state.id} covers ${other.id}`),
      ...(around && !isInside(state, around) ? [`${state.id} sticks out of ${around.id}`] : []),
    ]
  })
}

/** The tooltips of arrows and states in a drawing. */
const titlesIn = (elements: readonly (SvgElement | string)[]): readonly string[] =>
  elements.flatMap((element) =>
    typeof element === 'string'
      ? []
      : element.tag === 'title'
        ? element.children.map(String)
        : titlesIn(element.children),
  )

/** Transitions that are on no arrow and in no tooltip of a state. */
function undrawn(drawing: Drawing, chart: typeof conversation): readonly string[] {
  const titles = titlesIn(chartElements(drawing)).join('\n')
  const untold = drawing.states
    .filter(({ depth }) => depth > 0)
    .flatMap(({ graph }) => graph.inside.filter(({ on }) => !titles.includes(triggerName(on))))
  const astray = drawing.states.flatMap(({ graph }) =>
    graph.inside.filter(({ targets }) =>
      targets.some((target) => target !== graph.state.id && !target.startsWith(`${graph.state.id}.`)),
    ),
  )
  expect([...untold, ...astray].map(({ id }) => id)).toEqual([])
  const drawn = new Set([
    ...drawing.arrows.flatMap(({ arrow }) => arrow.transitions.map(({ id }) => id)),
    ...drawing.states.flatMap(({ graph }) => graph.inside.map(({ id }) => id)),
  ])
  return chart.transitions.map(({ id }) => id).filter((id) => !drawn.has(id))
}

const labelsOf = ({ arrows }: Drawing) => arrows.flatMap(({ label }) => label ?? [])
/** Pairs of labels, or of a label and a state, that cover each other. */
function collisions({ states, arrows }: Drawing): number {
  const labels = arrows.flatMap(({ label }) => label ?? [])
  const leaves = states.filter(({ graph }) => graph.children.length === 0)
  return labels.flatMap((label, index) =>
    [...labels.slice(index + 1), ...leaves].filter((other) => overlaps(label, other)),
  ).length
}

const canvas = ({ width, height }: Drawing): Box => ({ x: 0, y: 0, width, height })

describe.each(charts.map((chart) => [chart.id, chart] as const))('the whole chart of %s', (_, chart) => {
  const drawn = layOut(graphOf(chart, composites(chart)), engine, { tellsInside: true })

  it('has every state inside of its parent, without overlaps', async () => {
    const drawing = await drawn
    expect(drawing.states).toHaveLength(chart.states.length)
    expect(misplaced(drawing)).toEqual([])
  })

  it('draws every transition', async () => expect(undrawn(await drawn, chart)).toEqual([]))

  it('has every label complete, inside of its canvas, over no state or other label', async () => {
    const drawing = await drawn
    for (const { arrow, label } of drawing.arrows) expect(label?.lines).toEqual(labelLines(arrow.transitions))
    expect(labelsOf(drawing).filter((label) => !isInside(label, canvas(drawing)))).toEqual([])
    expect(collisions(drawing)).toBe(0)
  })

  it('has an arrow from source to target for every transition to another state', async () => {
    const drawing = await drawn
    for (const { points, arrow } of drawing.arrows) {
      const to = drawing.states.find(({ id }) => id === arrow.to)
      const end = points.at(-1)
      expect(points.length).toBeGreaterThan(1)
      expect(to && end && overlaps(to, { ...end, width: 0, height: 0 }, 1)).toBe(true)
    }
  })

  it('is the same each time', async () => {
    expect(await layOut(graphOf(chart, composites(chart)), engine, { tellsInside: true })).toEqual(await drawn)
  })
})

describe('a folded chart', () => {
  it('shows the states of the machine, with one arrow per pair of states', () => {
    const { children, arrows } = graphOf(conversation, new Set())
    expect(children.map(({ state }) => state.id)).toEqual(
      conversation.states.filter(({ parent }) => parent === '').map(({ id }) => id),
    )
    expect(new Set(arrows.map(({ from, to }) => `${from}>${to}`)).size).toBe(arrows.length)
  })

  it('starts arrows of an open state at its border, and those of all states at "any state"', () => {
    const { arrows } = graphOf(conversation, new Set(['streaming']))
    const failing = arrows.find(({ from, to }) => from === 'streaming' && to === 'failed')
    expect(failing?.transitions.map(({ source }) => source)).toEqual(
      expect.arrayContaining(['streaming', 'streaming.opening', 'streaming.receiving']),
    )
    expect(arrows.filter(({ from, anyOf }) => from === null && anyOf === null).map(({ to }) => to)).toEqual([
      'lost',
      'closing',
    ])
  })

  it('draws a transition of all states of a tag once, from the tag', () => {
    const { arrows } = graphOf(conversation, new Set())
    const fromTag = arrows.filter(({ anyOf }) => anyOf !== null)
    expect(fromTag.map(({ anyOf, to }) => `${anyOf} > ${to}`).toSorted()).toEqual([
      'answering > failed',
      'answering > stopped',
      'ready > asking',
      'ready > reset',
      'ready > switching',
    ])
    for (const { anyOf, transitions } of fromTag) {
      const tagged = conversation.states.filter(({ tags }) => tags.includes(anyOf ?? '')).map(({ id }) => id)
      const events = new Set(transitions.map(({ on }) => triggerName(on)))
      for (const event of events)
        expect(
          transitions
            .filter(({ on }) => triggerName(on) === event)
            .map(({ source }) => source)
            .toSorted(),
        ).toEqual(tagged.toSorted())
    }
  })

  it('draws no box for a tag that would save no arrow', () => {
    const { arrows } = graphOf(conversation, new Set(), new Set(['idle', 'completed', 'asking']))
    expect(arrows.map(({ from, to }) => `${from} > ${to}`)).toEqual(
      expect.arrayContaining(['idle > asking', 'completed > asking']),
    )
    expect(arrows.filter(({ anyOf }) => anyOf !== null)).toEqual([])
  })

  it('shows only the named states and the arrows between them', () => {
    const only = new Set(['streaming', 'refused', 'reset'])
    const { children, arrows } = graphOf(conversation, new Set(['refused']), only)
    expect(children.map(({ state }) => state.id)).toEqual(['streaming', 'refused', 'reset'])
    expect(children[1]?.children.map(({ state }) => state.key)).toEqual([
      'saving',
      'unsaved',
      'deciding',
      'awaitingDecision',
    ])
    for (const { from, to } of arrows) expect([only.has(from ?? ''), only.has(to)]).toEqual([true, true])
  })

  it('counts the transitions that do not fit into a label', () => {
    const lines = labelLines(conversation.transitions.filter(({ source }) => source === 'idle'))
    const short = shortened(lines, { lines: 3, characters: 8 })
    expect(short).toHaveLength(3)
    expect(short.at(-1)).toEqual({ kind: 'more', text: `+${lines.length - 2} more` })
    expect(short.every(({ text }) => text.length <= 8)).toBe(true)
  })

  it('highlights a state and its parents', () => {
    expect([...activeStates('tools.running.working')]).toEqual(['tools', 'tools.running', 'tools.running.working'])
  })
})
