// The top level of a chart as a Mermaid state diagram.
import type { ChartDefinition, ChartTransition } from './definition.ts'
import { triggerName } from '../../observe/transition-names.ts'
import { graphOf } from './graph.ts'

/** One arrow for each pair of states, labelled with all triggers of its transitions. */
export function toMermaid(chart: ChartDefinition): string {
  const { state, children, arrows } = graphOf(chart, new Set())
  const lines = [
    ...(state.initial === null ? [] : [`[*] --> ${state.initial}`]),
    // Mermaid would put the label of a loop over other labels, so loops are left out.
    ...arrows.flatMap(({ from, to, transitions }) =>
      from === null || from === to ? [] : [`${from} --> ${to} : ${labelOf(transitions)}`],
    ),
    ...children.flatMap((child) => (child.state.type === 'final' ? [`${child.state.id} --> [*]`] : [])),
    ...arrows.flatMap(({ from, anyOf, to, transitions }) =>
      from === null
        ? [`note left of ${to} : from every ${anyOf === null ? '' : `${anyOf} `}state, on ${labelOf(transitions)}`]
        : [],
    ),
  ]
  return ['stateDiagram-v2', ...lines.map((line) => `    ${line}`)].join('\n')
}

const labelOf = (transitions: readonly ChartTransition[]): string =>
  // A colon ends the label.
  [...new Set(transitions.map(({ on, guard }) => (on.kind === 'always' ? `[${guard}]` : triggerName(on))))]
    .join(', ')
    .replaceAll(': ', ' ')
