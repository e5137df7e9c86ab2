// Draws the top level of a machine as a Mermaid state diagram, from its state nodes.
import type { AnyStateMachine, AnyStateNode } from 'xstate'

/** One arrow for each pair of top-level states, labelled with everything that leads from the one to the other. */
export function toMermaid(machine: AnyStateMachine): string {
  const { root } = machine
  const lines = ['stateDiagram-v2', ...root.initial.target.map((target) => `[*] --> ${target.key}`)]
  for (const [arrow, labels] of arrows(root)) lines.push(`${arrow} : ${[...labels].join(', ')}`)
  for (const state of Object.values(root.states)) if (state.type === 'final') lines.push(`${state.key} --> [*]`)
  for (const { target, eventType } of transitionsOf(root))
    for (const to of target ?? []) lines.push(`note left of ${to.key} : from every state, on ${eventType}`)
  return lines.map((line, index) => (index === 0 ? line : `    ${line}`)).join('\n')
}

function arrows(root: AnyStateNode): ReadonlyMap<string, ReadonlySet<string>> {
  const labels = new Map<string, Set<string>>()
  const visit = (node: AnyStateNode, top: string) => {
    for (const { target, eventType, guard } of transitionsOf(node))
      for (const to of target ?? []) {
        const toTop = to.path[0] ?? ''
        if (toTop === top) continue
        const arrow = `${top} --> ${toTop}`
        labels.set(arrow, (labels.get(arrow) ?? new Set()).add(labelOf(eventType, guard)))
      }
    for (const child of Object.values(node.states)) visit(child, top)
  }
  for (const state of Object.values(root.states)) visit(state, state.key)
  return labels
}

const transitionsOf = (node: AnyStateNode) => [...[...node.transitions.values()].flat(), ...(node.always ?? [])]

const nameOf = (guard: unknown): string =>
  typeof guard === 'string'
    ? guard
    : typeof guard === 'object' && guard !== null && 'type' in guard
      ? String(guard.type)
      : ''

function labelOf(eventType: string, guard: unknown): string {
  if (eventType === '') return `[${nameOf(guard)}]`
  return eventType
    .replace(/^xstate\.after\.([^.]+)\..*/, 'after $1')
    .replace(/^xstate\.error\.actor\.(.*)/, 'error in $1')
}
