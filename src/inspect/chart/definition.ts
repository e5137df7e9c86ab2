// A machine as plain data: what charts are drawn from, here and in another process.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** A state. Its id is its dotted path; the machine itself is the empty one. */
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
  /** Empty for one that stays where it is. */
  readonly targets: readonly string[]
  readonly on: ChartTrigger
  /** The name of its guard, or `null`. */
  readonly guard: string | null
  /** It leaves its state and enters it again. */
  readonly reenter: boolean
}

/** What takes a transition. `always`: as soon as its guard holds. */
export type ChartTrigger =
  | { readonly kind: 'event'; readonly event: string }
  | { readonly kind: 'after'; readonly delay: string }
  | { readonly kind: 'done' | 'error'; readonly actor: string }
  | { readonly kind: 'always' }

/** A machine, drawable. Plain JSON. */
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

const idOf = (node: AnyStateNode): string => node.path.join('.')

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

/** `on`, `after` and what invoked actors end in are kept in one map by XState, `always` apart. */
const listsOf = (node: AnyStateNode): readonly (readonly AnyTransitionDefinition[])[] => [
  ...node.transitions.values(),
  node.always ?? [],
]

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

const ids = new WeakMap<AnyTransitionDefinition, string>()

/**
 * A name for a transition: where it stands, what takes it, and which it is of those that the same event may take, from 0.
 * Each `provide()` of a machine makes definitions of its own; their names are the same.
 */
export function transitionId(definition: AnyTransitionDefinition): string {
  let id = ids.get(definition)
  if (id === undefined) {
    const { source, eventType } = definition
    const candidates = listsOf(source).find((list) => list.includes(definition)) ?? []
    id = `${idOf(source)}|${triggerName(triggerOf(eventType))}|${candidates.indexOf(definition)}`
    ids.set(definition, id)
  }
  return id
}

/** XState's own names for what is no event of the machine's. */
function triggerOf(eventType: string): ChartTrigger {
  if (eventType === '') return { kind: 'always' }
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(eventType) ?? []
  if (delay !== undefined) return { kind: 'after', delay }
  const [, kind, actor] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(eventType) ?? []
  if ((kind === 'done' || kind === 'error') && actor !== undefined) return { kind, actor }
  return { kind: 'event', event: eventType }
}

/** What takes a transition, in words. */
export function triggerName(on: ChartTrigger): string {
  switch (on.kind) {
    case 'event':
      return on.event
    case 'after':
      return `after ${on.delay}`
    case 'done':
      return `done: ${on.actor}`
    case 'error':
      return `error: ${on.actor}`
    case 'always':
      return 'always'
  }
}

/** The name of a guard as a machine has it: a name, or a name with parameters. */
export function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null
  if (typeof guard === 'string') return guard
  if (typeof guard === 'function') return guard.name || 'a function'
  return typeof guard === 'object' && 'type' in guard ? String(guard.type) : 'a function'
}
