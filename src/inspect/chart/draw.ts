// Charts as files.
import ElkBundled from 'elkjs/lib/elk.bundled.js'
import type { AnyStateMachine } from 'xstate'
import { TurnstateError } from '../../errors.ts'
import { type ChartDefinition, chartOf } from './definition.ts'
import { graphOf, isComposite } from './graph.ts'
import { type Drawing, layOut } from './layout.ts'
import { svgFile, type Theme } from './picture.ts'

/** The options of `drawSvg()`. */
export interface DrawOptions {
  /** States that show what is inside of them: all (default), none, or those with these ids. */
  readonly open?: 'all' | 'none' | readonly string[]
  /** Draws only these states of the machine, and the arrows among them. Default: all. */
  readonly states?: readonly string[]
  /** Short labels: up to three lines, with guards only where they choose, and a count of the rest. Default false. */
  readonly compact?: boolean
  /** For light pages (default) or dark ones. */
  readonly theme?: Theme
}

/**
 * Draws a machine as the text of an SVG file. No label covers a state, another label or another arrow.
 *
 * @throws TurnstateError `invalid-option` for a state that the machine does not have
 */
export async function drawSvg(machine: AnyStateMachine, options: DrawOptions = {}): Promise<string> {
  const drawing = await draw(chartOf(machine), options)
  return svgFile(drawing, { theme: options.theme ?? 'light', title: `The machine ${machine.id}` })
}

/** Lays a chart out as `drawSvg()` does. */
export function draw(chart: ChartDefinition, options: Omit<DrawOptions, 'theme'>): Promise<Drawing> {
  const { open = 'all', states, compact = false } = options
  const graph = graphOf(chart, openIn(chart, open), states && drawnIn(chart, states))
  return layOut(graph, new ElkBundled.default(), {
    labels: compact ? 'brief' : 'whole',
    tellsInside: !compact,
  })
}

function openIn(chart: ChartDefinition, open: NonNullable<DrawOptions['open']>): ReadonlySet<string> {
  const composites = chart.states.filter(isComposite).map(({ id }) => id)
  if (open === 'all') return new Set(composites)
  if (open === 'none') return new Set()
  const unknown = open.find((id) => !composites.includes(id))
  if (unknown === undefined) return new Set(open)
  throw new TurnstateError(
    'invalid-option',
    `There is no state "${unknown}" with others inside. Those that have some: ${composites.filter(Boolean).join(', ')}.`,
  )
}

function drawnIn(chart: ChartDefinition, states: readonly string[]): ReadonlySet<string> {
  const known = chart.states.filter(({ parent }) => parent === '').map(({ id }) => id)
  const unknown = states.find((id) => !known.includes(id))
  if (unknown === undefined) return new Set(states)
  throw new TurnstateError('invalid-option', `The machine has no state "${unknown}". Its states: ${known.join(', ')}.`)
}
