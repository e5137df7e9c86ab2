// What there is to take in a chart, by names that are the same for every `provide()` of it.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { getStateNodes } from 'xstate/graph'

const placeOf = (node: AnyStateNode): string => (node.path.length > 0 ? node.path.join('.') : '(root)')

const nodesOf = (machine: AnyStateMachine): readonly AnyStateNode[] => [machine.root, ...getStateNodes(machine)]

/** `on`, `always`, `after` and what invoked actors end in: XState keeps all but `always` in one map. */
const listsIn = ({ transitions, always = [] }: AnyStateNode): readonly (readonly AnyTransitionDefinition[])[] => [
  ...transitions.values(),
  always,
]

/** Its state, its trigger, and its index among the transitions of that trigger. */
export function definitionName(definition: AnyTransitionDefinition): string {
  const { source, eventType, target } = definition
  const list = listsIn(source).find((candidates) => candidates.includes(definition)) ?? []
  const event = eventType === '' ? 'always' : eventType.replace(/^(xstate\.after\.\w+)\..*/, '$1')
  const targets = target?.map(placeOf).join(' ') ?? 'stays'
  return `${placeOf(source)}: ${event} #${list.indexOf(definition) + 1} → ${targets}`
}

export const definitionNames = (machine: AnyStateMachine): readonly string[] =>
  nodesOf(machine).flatMap(listsIn).flat().map(definitionName)

export const leafNames = (machine: AnyStateMachine): readonly string[] =>
  nodesOf(machine)
    .filter(({ type }) => type === 'atomic' || type === 'final')
    .map(placeOf)
