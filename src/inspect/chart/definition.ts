// A machine as plain data: what charts are drawn from, here and in another process.
import type { AnyStateMachine, AnyStateNode } from 'xstate'
import { guardName, idOf, listsOf, transitionId, triggerOf, type ChartTrigger } from '../../observe/transition-names.ts'

/** A state. Its id is its dotted path; that of the machine itself is empty. */
export interface ChartState {
  readonly id: string
  readonly key: string
  readonly type: 'atomic' | 'compound' | 'parallel' | 'final' | 'history'
  readonly parent: string | null
  /** The child that a compound state begins in. */
  readonly initial: string | null
  readonly tags: readonly string[]
  /** Actors that it runs while it is active. */
  readonly invokes: readonly string[]
}

/** A transition of a chart, as data. */
export interface ChartTransition {
  /** The same in every process that runs this version of the machine; see {@link transitionId}. */
  readonly id: string
  readonly source: string
  /** Empty for a transition that stays in its state. */
  readonly targets: readonly string[]
  readonly on: ChartTrigger
  /** The name of its guard, or `null`. */
  readonly guard: string | null
  /** Whether it leaves its state and enters it again. */
  readonly reenter: boolean
}

/** A machine as plain JSON, from which charts are drawn. */
export interface ChartDefinition {
  readonly id: string
  readonly version: string
  /** Parents before their children. */
  readonly states: readonly ChartState[]
  readonly transitions: readonly ChartTransition[]
}

/** The chart of a machine. */
export function chartOf(machine: AnyStateMachine): ChartDefinition {
  const nodes = nodesOf(machine.root)
  return {
    id: machine.id,
    version: machine.version ?? '',
    states: nodes.map(stateOf),
    transitions: nodes.flatMap(transitionsOf),
  }
}

const nodesOf = (node: AnyStateNode): readonly AnyStateNode[] => [node, ...Object.values(node.states).flatMap(nodesOf)]

function stateOf(node: AnyStateNode): ChartState {
  return {
    id: idOf(node),
    key: node.key,
    type: node.type,
    parent: node.parent ? idOf(node.parent) : null,
    initial: node.type === 'compound' ? (node.initial.target.map(idOf)[0] ?? null) : null,
    tags: node.tags,
    invokes: node.invoke.map(({ id }) => id),
  }
}

const transitionsOf = (node: AnyStateNode): readonly ChartTransition[] =>
  listsOf(node).flatMap((candidates) =>
    candidates.map((definition) => ({
      id: transitionId(definition),
      source: idOf(node),
      targets: (definition.target ?? []).map(idOf),
      on: triggerOf(definition.eventType),
      guard: guardName(definition.guard),
      reenter: definition.reenter,
    })),
  )
