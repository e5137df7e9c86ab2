// Draws a machine as a Mermaid state diagram, from its state nodes.
import type { AnyStateMachine, AnyStateNode } from 'xstate'

/** States nested in another are drawn inside it; transitions that stay where they are, are left out. */
export function toMermaid(machine: AnyStateMachine): string {
  return ['stateDiagram-v2', ...body(machine.root, 1)].join('\n')
}

function body(node: AnyStateNode, depth: number): readonly string[] {
  const indent = '    '.repeat(depth)
  const children = Object.values(node.states)
  const initial = node.initial.target.map((target) => `${indent}[*] --> ${idOf(target)}`)
  const nested = children.flatMap((child) =>
    child.type === 'compound'
      ? [`${indent}state "${child.key}" as ${idOf(child)} {`, ...body(child, depth + 1), `${indent}}`]
      : [`${indent}state "${child.key}" as ${idOf(child)}`],
  )
  const final = children.filter(({ type }) => type === 'final').map((child) => `${indent}${idOf(child)} --> [*]`)
  const arrows = depth === 1 ? allArrows(node).map((arrow) => indent + arrow) : []
  return [...initial, ...nested, ...final, ...arrows]
}

/** One arrow for each pair of states, labelled with everything that leads from the one to the other. */
function allArrows(root: AnyStateNode): readonly string[] {
  const labels = new Map<string, Set<string>>()
  const visit = (node: AnyStateNode) => {
    for (const { target, eventType } of transitionsOf(node))
      for (const to of target ?? []) {
        if (to === node || node === root) continue
        const arrow = `${idOf(node)} --> ${idOf(to)}`
        labels.set(arrow, (labels.get(arrow) ?? new Set()).add(labelOf(eventType)))
      }
    Object.values(node.states).forEach(visit)
  }
  visit(root)
  const fromAnywhere = transitionsOf(root).flatMap(({ target, eventType }) =>
    (target ?? []).map((to) => `note right of ${idOf(to)} : from every state, on ${eventType}`),
  )
  return [...[...labels].map(([arrow, events]) => `${arrow} : ${[...events].join(', ')}`), ...fromAnywhere]
}

const transitionsOf = (node: AnyStateNode) => [...[...node.transitions.values()].flat(), ...(node.always ?? [])]

const idOf = (node: AnyStateNode): string => node.path.join('_')

const labelOf = (eventType: string): string =>
  eventType === ''
    ? 'stored'
    : eventType.replace(/^xstate\.after\.([^.]+)\..*/, 'after $1').replace(/^xstate\.error\.actor\.(.*)/, 'error in $1')
