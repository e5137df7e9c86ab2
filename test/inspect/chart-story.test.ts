import type { AnyStateMachine } from 'xstate'
import { describe, expect, it } from 'vitest'
import { conversationMachine, toolCallMachine } from '../../machines/index.ts'
import { chartOf } from '../../src/inspect/chart/definition.ts'
import { isComposite } from '../../src/inspect/chart/graph.ts'
import type { PathStep } from '../../src/inspect/chart/path-marks.ts'
import { type ChartKind, drawChart, hasStory } from '../../src/inspect/chart/story.ts'
import { type Box, overlaps } from '../../src/inspect/chart/places.ts'
import { activeStates, chartElements, type ChartStatus, type SvgElement } from '../../src/inspect/chart/svg.ts'
import { pathOf } from '../../src/inspect/page/turn-path.ts'
import { shippedCharts } from '../../src/inspect/page/shipped-charts.ts'
import { hashOf } from '../../src/journal/hash.ts'
import { observe } from '../../src/index.ts'
import { start } from '../conversation/start.ts'
import { overTheWire } from './fixtures.ts'

const chart = chartOf(conversationMachine as AnyStateMachine)
const shipped = shippedCharts()
const draw = async (kind: ChartKind) => drawChart(chart, kind, (await shipped).places[kind])

const all = (elements: readonly (SvgElement | string)[]): readonly SvgElement[] =>
  elements.flatMap((element) => (typeof element === 'string' ? [] : [element, ...all(element.children)]))

const drawnAs = async (kind: ChartKind, status: ChartStatus) => all(chartElements(await draw(kind), status))

const classOf = ({ attributes }: SvgElement): string => String(attributes['class'] ?? '')

const textOf = (element: SvgElement): string =>
  element.children.map((child) => (typeof child === 'string' ? child : textOf(child))).join('')

/** The path of the turn of a conversation whose second message was refused. */
async function refusedPath() {
  const { chat, exchange, ask } = start({ onRefusal: 'clear' })
  const observation = observe(chat)
  await exchange('alpha', 'answer')
  const { turn, reply } = await ask('bravo')
  reply.refuse('partial')
  await turn
  return pathOf(observation.records, chart)
}

describe('the chart that the page ships', () => {
  it('is that of this release, and a chart that came over a socket is recognised', async () => {
    expect((await shipped).hash).toBe(hashOf(overTheWire(chart)))
  })

  it('shows every state of the machine, in each kind', async () => {
    const tops = chart.states.filter(({ parent }) => parent === '').map(({ id }) => id)
    for (const kind of ['story', 'whole', 'narrow'] as const) {
      const drawing = await draw(kind)
      expect(drawing.states.flatMap(({ id, depth }) => (depth === 1 ? [id] : [])).toSorted()).toEqual(tops.toSorted())
    }
  })

  it('tells the story in a window of 1280 × 800 without zooming', async () => {
    const { width, height, arrows } = await draw('story')
    expect([width <= 934, height <= 733]).toEqual([true, true])
    expect(arrows.length).toBeLessThanOrEqual(20)
  })

  it('tells the story in a window of 390 pixels without labels, with every name at least 11 pixels high and inside its box', async () => {
    const { width, states } = await draw('narrow')
    const pixels = 390 / width
    expect(pixels).toBeGreaterThan(0.85)
    const elements = await drawnAs('narrow', { active: new Set(['refused']), pixels })
    const names = elements.filter((element) => element.tag === 'text' && classOf(element) === 'name').map(textOf)
    for (const { id, depth } of states) if (depth === 1) expect(names).toContain(id)
    expect(elements.filter((element) => classOf(element).split(' ').includes('label'))).toEqual([])
    const sizes = elements.filter(({ tag }) => tag === 'text').map(({ attributes }) => Number(attributes['font-size']))
    expect(Math.min(...sizes) * pixels).toBeGreaterThanOrEqual(10.99)
  })

  it('has a place for every state inside of another one, within its box', async () => {
    const { states } = await draw('whole')
    const leaves = chart.states.filter((state) => !isComposite(state) && state.parent !== '' && state.parent !== null)
    expect(states.flatMap(({ parts }) => parts.map(({ id }) => id)).toSorted()).toEqual(
      leaves.map(({ id }) => id).toSorted(),
    )
    const outside = states.flatMap((box) =>
      box.parts.filter(
        ({ x, y, width, height }) =>
          x < box.x || y < box.y || x + width > box.x + box.width || y + height > box.y + box.height,
      ),
    )
    expect(outside).toEqual([])
  })

  it('moves nothing when a state unfolds', async () => {
    const boxes = async (revealed: ReadonlySet<string>) =>
      (await drawnAs('story', { active: new Set(), revealed }))
        .filter((element) => ['box', 'halo', 'arrow'].some((name) => classOf(element).split(' ').includes(name)))
        .map(({ attributes }) => attributes)
    expect(await boxes(new Set(['refused', 'streaming']))).toEqual(await boxes(new Set()))
    const shown = (await drawnAs('story', { active: new Set(), revealed: new Set(['refused']) })).map(
      ({ attributes }) => attributes['data-state'],
    )
    expect(shown).toEqual(expect.arrayContaining(['refused.deciding', 'refused.awaitingDecision']))
    expect(shown).not.toContain('streaming.opening')
  })

  it('shows an active state inside a folded one', async () => {
    const active = activeStates('tools.running.awaitingPeople')
    const lit = (await drawnAs('story', { active })).filter((element) => classOf(element) === 'part active')
    expect(lit.map(textOf)).toEqual([expect.stringContaining('awaitingPeople')])
  })

  it('replaces labels below 11 pixels by marks, and enlarges names', async () => {
    const elements = await drawnAs('whole', { active: new Set(), pixels: 0.5 })
    const sizes = elements.filter(({ tag }) => tag === 'text').map(({ attributes }) => Number(attributes['font-size']))
    expect(Math.min(...sizes) * 0.5).toBeGreaterThanOrEqual(11)
    expect(elements.filter((element) => classOf(element) === 'hidden-text').length).toBeGreaterThan(30)
  })

  it('has no story for another machine', () => {
    expect([chart, chartOf(toolCallMachine as AnyStateMachine)].map(hasStory)).toEqual([true, false])
  })
})

describe('the path of a turn', () => {
  it('leads from the message to where the conversation is now', async () => {
    const { steps } = await refusedPath()
    expect(steps.map(({ number, to }) => `${number} ${to}`)).toEqual([
      '1 asking',
      '2 streaming',
      '3 refused',
      '4 reset',
      '5 idle',
    ])
    expect(steps.at(0)?.from).toBe('completed')
  })

  it('goes on to the end of the conversation', async () => {
    const { chat, exchange } = start()
    const observation = observe(chat)
    await exchange('alpha', 'answer')
    await chat.close()
    expect(pathOf(observation.records, chart).steps.map(({ to }) => to)).toEqual([
      'asking',
      'streaming',
      'completed',
      'closing',
      'closed',
    ])
  })

  it('is drawn over the arrows: numbered, in the colours of its states, the oldest most faded', async () => {
    const elements = await drawnAs('story', { active: new Set(['idle']), path: (await refusedPath()).steps })
    const steps = elements.filter(({ attributes }) => attributes['data-step'] !== undefined)
    expect(steps.map((step) => classOf(step))).toEqual([
      'arrow taken plain',
      'arrow taken plain',
      'arrow taken refused',
      'arrow taken reset',
      'arrow taken plain last',
    ])
    const opacities = steps.map(({ attributes }) => Number(String(attributes['style']).slice('opacity:'.length)))
    expect(opacities).toEqual(opacities.toSorted((a, b) => a - b))
    expect(new Set(opacities).size).toBe(5)
    const numbers = elements.filter((element) => classOf(element).startsWith('number-mark'))
    expect(numbers.map(textOf).toSorted()).toEqual(['1', '2', '3', '4', '5'])
  })

  it('is drawn straight where the chart has no arrow and nothing is in between', async () => {
    const step = (number: number, from: string, to: string): PathStep => ({ number, from, to, transitions: [] })
    const path = [step(1, 'completed', 'closing'), step(2, 'closing', 'closed')]
    const elements = await drawnAs('story', { active: new Set(), path })
    const direct = elements.filter((element) => classOf(element).includes('direct'))
    // Between `completed` and `closing` stands another state.
    expect(direct.map(({ attributes }) => attributes['data-step'])).toEqual([2])
    const numbers = elements.filter((element) => classOf(element).startsWith('number-mark')).map(textOf)
    expect(numbers.toSorted()).toEqual(['1', '2'])
  })

  it('is only a number on the state that it led to, where a line would run through something', async () => {
    const step = (number: number, from: string, to: string): PathStep => ({ number, from, to, transitions: [] })
    const path = [
      step(1, 'streaming', 'overflowed'),
      step(2, 'overflowed', 'asking'),
      step(3, 'streaming', 'overflowed'),
    ]
    const elements = await drawnAs('story', { active: new Set(), path })
    expect(elements.filter((element) => classOf(element).includes('direct'))).toEqual([])
    const marks = elements.filter((element) => classOf(element).startsWith('number-mark'))
    expect(marks.map(textOf).toSorted()).toEqual(['1·3', '2'])
    const { states } = await draw('story')
    const overflowed = states.find(({ id }) => id === 'overflowed')
    const [rect] = marks.find((mark) => textOf(mark) === '1·3')?.children ?? []
    const { x, y } = typeof rect === 'object' ? rect.attributes : {}
    expect(Number(x)).toBeGreaterThan((overflowed?.x ?? 0) + (overflowed?.width ?? 0) / 2)
    expect(Math.abs(Number(y) - (overflowed?.y ?? 0))).toBeLessThan(10)
  })

  it.each([
    ['story', 1],
    ['whole', 0.5],
  ] as const)(
    'shows inside of the states of the %s chart through which it led, numbered, the oldest palest',
    async (kind, pixels) => {
      const { steps, passed } = await refusedPath()
      expect(passed.map(({ id, step, number }) => `${step}.${number} ${id}`)).toEqual([
        '1.1 asking.saving',
        '2.1 streaming.opening',
        '2.2 streaming.receiving',
        '3.1 refused.saving',
        '3.2 refused.deciding',
        '4.1 reset.saving',
      ])
      const elements = await drawnAs(kind, { active: new Set(['idle']), path: steps, passed, pixels })
      const parts = elements.filter((element) => classOf(element) === 'part passed')
      const of = (id: string) => parts.find(({ attributes }) => attributes['data-state'] === id)
      expect(parts).toHaveLength(6)
      const paleness = passed.map(({ id }) => {
        const [rect] = of(id)?.children ?? []
        return Number(typeof rect === 'object' && String(rect.attributes['style']).slice('opacity:'.length))
      })
      expect(paleness).toEqual(paleness.toSorted((a, b) => a - b))
      expect(new Set(paleness).size).toBe(4)
      // A name that is enlarged, because the chart is small, is not covered.
      const names = elements.filter(({ tag, attributes }) => tag === 'text' && attributes['class'] === 'name')
      const boxesOfNames = names.map(({ attributes: { x, y, textLength, 'font-size': size } }) => ({
        x: Number(x),
        y: Number(y) - Number(size) * 0.75,
        width: Number(textLength),
        height: Number(size) * 0.75,
      }))
      for (const part of parts) {
        const [rect] = part.children
        const { x, y, width, height } = typeof rect === 'object' ? rect.attributes : {}
        const box = { x: Number(x), y: Number(y), width: Number(width), height: Number(height) }
        expect(boxesOfNames.filter((name) => overlaps(name, box))).toEqual([])
      }
      // Where it can't be read, the number is in the tooltip only.
      const told = textOf(of('refused.deciding') ?? { tag: '', attributes: {}, children: [] })
      expect(told).toBe(`${pixels === 1 ? '2deciding' : ''}refused.deciding, 2. inside of step 3`)
    },
  )

  it('has numbers that cover no label and no other number, however wide they are', async () => {
    const { steps, passed } = await refusedPath()
    const twice = [...steps.slice(0, 3), ...steps].map((step, index) => ({ ...step, number: index + 1 }))
    for (const [kind, pixels] of [
      ['story', 1],
      ['whole', 0.5],
      ['narrow', 0.92],
    ] as const) {
      const elements = await drawnAs(kind, { active: new Set(['idle']), path: twice, passed, pixels })
      const boxOf = ({ attributes }: SvgElement): Box => {
        const [x = 0, y = 0, width = 0, height = 0] = ['x', 'y', 'width', 'height'].map((name) =>
          Number(attributes[name]),
        )
        return { x, y, width, height }
      }
      const boxes = elements.flatMap((element) => {
        const [rect] = all(element.children).filter(({ tag }) => tag === 'rect')
        return classOf(element).startsWith('number-mark') && rect ? [boxOf(rect)] : []
      })
      expect(boxes).toHaveLength(5)
      const labels = elements.filter((element) => classOf(element) === 'halo').map(boxOf)
      for (const [index, box] of boxes.entries())
        for (const other of [...labels, ...boxes.slice(index + 1)]) expect(overlaps(box, other), kind).toBe(false)
    }
  })

  it('has numbers of at least 11 pixels, in every scale', async () => {
    const { steps } = await refusedPath()
    for (let pixels = 0.4; pixels < 1.2; pixels += 0.0137) {
      const marks = (await drawnAs('whole', { active: new Set(), path: steps, pixels })).filter((element) =>
        classOf(element).startsWith('number-mark'),
      )
      const texts = marks.flatMap(({ children }) => all(children)).filter(({ tag }) => tag === 'text')
      expect(texts).toHaveLength(5)
      for (const { attributes } of texts)
        expect(Number(attributes['font-size']) * pixels).toBeGreaterThanOrEqual(11 - 1e-6)
    }
  })

  it('takes what took an arrow into its label', async () => {
    const labels = (await drawnAs('story', { active: new Set(), path: (await refusedPath()).steps })).filter(
      (element) => classOf(element).startsWith('label taken'),
    )
    expect(labels.map(textOf).join(' ')).toContain('refusal.resolve')
  })
})
