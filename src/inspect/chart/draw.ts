// Charts as files.
import ElkBundled from 'elkjs/lib/elk.bundled.js'
import type { AnyStateMachine } from 'xstate'
import { TurnstateError } from '../../errors.ts'
import { type ChartDefinition, chartOf } from './definition.ts'
import { graphOf, isComposite } from './graph.ts'
import { layOut } from './layout.ts'
import { svgFile } from './picture.ts'
import type { Theme } from './theme.ts'

/** The options of `drawSvg()`. */
export interface DrawOptions {
  /** States that show what is inside of them: all (default), none, or those with these ids. */
  readonly open?: 'all' | 'none' | readonly string[]
  /** As small as its arrows allow: labels tell what there is room for, and count the rest. Default false. */
  readonly compact?: boolean
  /** For light pages (default) or dark ones. */
  readonly theme?: Theme
}

/**
 * A machine as the text of an SVG file.
 *
 * @throws TurnstateError `invalid-option` for a state that there is not
 */
export async function drawSvg(machine: AnyStateMachine, options: DrawOptions = {}): Promise<string> {
  const chart = chartOf(machine)
  const { open = 'all', compact = false } = options
  const drawing = await layOut(graphOf(chart, openIn(chart, open)), new ElkBundled.default(), {
    labels: compact ? 'compact' : 'whole',
    tellsInside: !compact,
  })
  return svgFile(drawing, { theme: options.theme ?? 'light', title: `The machine ${chart.id}` })
}

function openIn(chart: ChartDefinition, open: NonNullable<DrawOptions['open']>): ReadonlySet<string> {
  const composites = chart.states.filter(isComposite).map(({ id }) => id)
  if (open === 'all') return new Set(composites)
  if (open === 'none') return new Set()
  const unknown = open.find((id) => !composites.includes(id))
  if (unknown === undefined) return new Set(open)
  throw new TurnstateError(
    'invalid-option',
    `There is no state "${unknown}" with others inside. There are ${composites.filter(Boolean).join(', ')}.`,
  )
}
