import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine, toolCallsMachine } from '../../machines/index.ts'
import { chartOf } from '../../src/inspect/chart/definition.ts'
import { draw, drawSvg } from '../../src/inspect/chart/draw.ts'
import { briefLines, graphOf } from '../../src/inspect/chart/graph.ts'
import type { Drawing } from '../../src/inspect/chart/layout.ts'
import { type Box, overlaps, type Point } from '../../src/inspect/chart/places.ts'
import { drawChart } from '../../src/inspect/chart/story.ts'
import { shippedCharts } from '../../src/inspect/page/shipped-charts.ts'
import { storyStates } from '../scripts/documents.ts'

const [conversation, toolCalls, toolCall] = [conversationMachine, toolCallsMachine, toolCallMachine].map((machine) =>
  chartOf(machine as AnyStateMachine),
)
if (!conversation || !toolCalls || !toolCall) throw new TypeError('There are three machines.')

/** Whether a line runs through a box. Lines are horizontal or vertical. */
const runsThrough = (points: readonly Point[], { x, y, width, height }: Box): boolean =>
  points.slice(1).some((end, index) => {
    const begin = points[index] ?? end
    const [left, right] = [Math.min(begin.x, end.x), Math.max(begin.x, end.x)]
    const [top, bottom] = [Math.min(begin.y, end.y), Math.max(begin.y, end.y)]
    return right > x && left < x + width && bottom > y && top < y + height
  })

const nameOf = (id: string): string => id.slice(id.indexOf(':') + 1)

/** The labels that cover anything but their own arrow. */
function covered({ states, marks, arrows, beginnings }: Drawing): readonly string[] {
  const leaves = states.filter(({ graph }) => graph.children.length === 0)
  return arrows.flatMap(({ id, around, label }, index) => {
    if (!label) return []
    const strangers = states.filter(
      (state) => state.depth > 0 && state.id !== around && !around.startsWith(`${state.id}.`),
    )
    return [
      ...arrows.filter((other) => other.id !== id && runsThrough(other.points, label)).map((other) => nameOf(other.id)),
      ...beginnings.filter((points) => runsThrough(points, label)).map(() => 'a beginning'),
      ...arrows.slice(index + 1).flatMap((other) => (other.label && overlaps(label, other.label) ? [other.id] : [])),
      ...[...leaves, ...strangers, ...marks].filter((box) => overlaps(label, box)).map((box) => box.id),
    ].map((what) => `the label of ${nameOf(id)} covers ${what}`)
  })
}

describe.each([
  ['the picture of the README', conversation, { open: 'none', states: storyStates, compact: true }],
  ['the compact chart of the conversation', conversation, { open: 'none', compact: true }],
  ['the compact chart with a refusal unfolded', conversation, { open: ['refused'], compact: true }],
  ['the whole chart of the conversation', conversation, { open: 'all' }],
  ['the chart of the tool calls', toolCalls, { open: 'all' }],
  ['the chart of one tool call', toolCall, { open: 'all' }],
  ['the compact chart of one tool call', toolCall, { open: 'all', compact: true }],
] as const)('%s', (_, chart, options) => {
  it('has a label on every arrow, which covers no state, label or other arrow', async () => {
    const drawing = await draw(chart, options)
    expect(drawing.arrows.filter(({ label }) => label === null)).toEqual([])
    expect(covered(drawing)).toEqual([])
  })
})

describe.each(['story', 'whole'] as const)('the %s chart of the page', (kind) => {
  it('has a label on every arrow, which covers no state, label or other arrow', async () => {
    const drawing = drawChart(conversation, kind, (await shippedCharts()).places[kind])
    expect(drawing.arrows.length).toBeGreaterThan(15)
    expect(drawing.arrows.filter(({ label }) => label === null)).toEqual([])
    expect(covered(drawing)).toEqual([])
  })
})

describe('the picture of the README', () => {
  it('is no wider than 1,050 pixels, so that its texts stay readable', async () => {
    const { width, arrows } = await draw(conversation, { open: 'none', states: storyStates, compact: true })
    expect(width).toBeLessThanOrEqual(1_050)
    expect(arrows.length).toBeLessThanOrEqual(20)
  })

  it('rejects an unknown state with invalid-option', async () => {
    await expect(drawSvg(conversationMachine as AnyStateMachine, { states: ['idle', 'idel'] })).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(
        /^The machine has no state "idel"\. Its states: loading, idle, asking, streaming, /,
      ),
    })
  })
})

describe('a short label', () => {
  const { arrows } = graphOf(conversation, new Set(), new Set(storyStates))
  const linesOf = (from: string, to: string): readonly string[] =>
    arrows
      .filter((arrow) => arrow.from === from && arrow.to === to)
      .flatMap(briefLines)
      .map(({ text }) => text)

  it('names guards only when they choose between arrows of one event', () => {
    expect(linesOf('streaming', 'tools')).toEqual(['reply.finished', '[wantsTools]'])
    expect(linesOf('streaming', 'refused')).toEqual(['reply.refused'])
    expect(linesOf('idle', 'reset')).toEqual(['context.clear'])
  })

  it('names a guard that excludes an arrow that is not drawn', () => {
    // Without its guard, the label would claim that every stop resets.
    expect(linesOf('streaming', 'reset').slice(0, 2)).toEqual(['user.stop', '[wasRefused]'])
  })

  it('names an eventless transition by its guard', () => {
    expect(linesOf('tools', 'asking')).toEqual(['[isSavedAndHasAllResults]'])
  })

  it('names events first', () => {
    expect(linesOf('idle', 'asking')).toEqual([
      'user.send',
      'turn.retry',
      'turn.branch',
      'context.compact',
      '[canDrain]',
    ])
  })
})
