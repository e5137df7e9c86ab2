// Describes a state of a chart as JSON: the part that definitions for XState 4 and XState 5 have in common.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { actionName } from './names.ts'

export interface NamedAction {
  readonly type: string
}

interface Invoke<Transition> {
  readonly type: 'xstate.invoke'
  readonly id: string
  readonly src: string
  readonly onDone?: readonly Transition[] | undefined
  readonly onError?: readonly Transition[] | undefined
}

/** A state. Fields that it does not use are `undefined`, and so not in the JSON. */
export interface StateDefinition<Transition> {
  readonly id: string
  readonly key: string
  readonly type: AnyStateNode['type']
  readonly initial?: string | undefined
  readonly history?: 'shallow' | 'deep' | undefined
  /** The target of a history state while there is no history. */
  readonly target?: string | undefined
  readonly states?: Readonly<Record<string, StateDefinition<Transition>>> | undefined
  readonly on?: Readonly<Record<string, readonly Transition[]>> | undefined
  readonly always?: readonly Transition[] | undefined
  /** By the name of the delay, or its milliseconds. */
  readonly after?: Readonly<Record<string, readonly Transition[]>> | undefined
  readonly onDone?: readonly Transition[] | undefined
  readonly invoke?: readonly Invoke<Transition>[] | undefined
  readonly entry?: readonly NamedAction[] | undefined
  readonly exit?: readonly NamedAction[] | undefined
  readonly tags?: readonly string[] | undefined
  readonly description?: string | undefined
}

/** How a version of XState writes events and transitions. */
export interface Dialect<Transition> {
  event(type: string): string
  transition(definition: AnyTransitionDefinition): Transition
}

export function describeState<Transition>(
  node: AnyStateNode,
  dialect: Dialect<Transition>,
): StateDefinition<Transition> {
  const states = Object.entries(node.states).map(([key, state]) => [key, describeState(state, dialect)] as const)
  return {
    id: node.id,
    key: node.key,
    type: node.type,
    initial: node.type === 'compound' ? node.initial.target[0]?.key : undefined,
    ...historyOf(node),
    states: filled(Object.fromEntries(states)),
    ...transitionsOf(node, dialect),
    // From the config: the node's own `entry` and `exit` also contain the timers of `after`, which is described above.
    entry: filled(listOf(node.config.entry).map(namedAction)),
    exit: filled(listOf(node.config.exit).map(namedAction)),
    tags: filled(node.tags),
    description: node.description,
  }
}

function historyOf({ history, config }: AnyStateNode): Pick<StateDefinition<never>, 'history' | 'target'> {
  if (history !== 'shallow' && history !== 'deep') return {}
  const target: unknown = 'target' in config ? config.target : undefined
  return { history, ...(typeof target === 'string' ? { target } : {}) }
}

/** Sorts the transitions by kind: XState 5 keeps all of them in one map, a definition has a field for each kind. */
function transitionsOf<Transition>(
  node: AnyStateNode,
  dialect: Dialect<Transition>,
): Pick<StateDefinition<Transition>, 'on' | 'always' | 'after' | 'onDone' | 'invoke'> {
  const left = new Map(node.transitions)
  const described = (definitions: readonly AnyTransitionDefinition[]) =>
    definitions.map((definition) => dialect.transition(definition))
  const take = (event: string): readonly Transition[] => {
    const found = left.get(event) ?? []
    left.delete(event)
    return described(found)
  }
  const onDone = take(`xstate.done.state.${node.id}`)
  const invoke = node.invoke.map(({ id, src }): Invoke<Transition> => ({
    type: 'xstate.invoke',
    id,
    src: typeof src === 'string' ? src : 'a function',
    onDone: filled(take(`xstate.done.actor.${id}`)),
    onError: filled(take(`xstate.error.actor.${id}`)),
  }))
  const after: Record<string, readonly Transition[]> = {}
  for (const { eventType } of node.after) if (left.has(eventType)) after[delayOf(eventType, node)] = take(eventType)
  const on = [...left].map(([event, found]) => [dialect.event(event), described(found)] as const)
  return {
    on: filled(Object.fromEntries(on)),
    always: filled(described(node.always ?? [])),
    after: filled(after),
    onDone: filled(onDone),
    invoke: filled(invoke),
  }
}

const delayOf = (eventType: string, { id }: AnyStateNode): string =>
  eventType.slice('xstate.after.'.length, -(id.length + 1))

/** An action by its name, without its parameters. */
export const namedAction = (action: unknown): NamedAction => ({ type: actionName(action) })

const listOf = (value: unknown): readonly unknown[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

const filled = <Value extends object>(value: Value): Value | undefined =>
  Object.keys(value).length > 0 ? value : undefined
