// Names of the transitions, states and guards of a machine. They are the same in every process that runs it.
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate'

/** What triggers a transition. `always`: as soon as its guard holds. */
export type ChartTrigger =
  | { readonly kind: 'event'; readonly event: string }
  | { readonly kind: 'after'; readonly delay: string }
  | { readonly kind: 'done' | 'error'; readonly actor: string }
  | { readonly kind: 'always' }

/** The dotted path of a state. */
export const idOf = (node: AnyStateNode): string => node.path.join('.')

/** XState keeps `on`, `after`, `onDone` and `onError` in one map, and `always` separately. */
export const listsOf = (node: AnyStateNode): readonly (readonly AnyTransitionDefinition[])[] => [
  ...node.transitions.values(),
  node.always ?? [],
]

const ids = new WeakMap<AnyTransitionDefinition, string>()

/**
 * Names a transition: its source state, its trigger, and its index among those with the same trigger, from 0. `provide()` makes
 * new definitions; their names stay the same.
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

/** The trigger behind an event type, including XState's own types. */
export function triggerOf(eventType: string): ChartTrigger {
  if (eventType === '') return { kind: 'always' }
  const [, delay] = /^xstate\.after\.([^.]+)\./.exec(eventType) ?? []
  if (delay !== undefined) return { kind: 'after', delay }
  const [, kind, actor] = /^xstate\.(done|error)\.(?:actor|state)\.(.+)$/.exec(eventType) ?? []
  if ((kind === 'done' || kind === 'error') && actor !== undefined) return { kind, actor }
  return { kind: 'event', event: eventType }
}

/** A trigger in words. */
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

/** The name of a guard that is given as a name, a name with parameters, or a function. */
export function guardName(guard: unknown): string | null {
  if (guard === undefined || guard === null) return null
  if (typeof guard === 'string') return guard
  if (typeof guard === 'function') return guard.name || 'a function'
  return typeof guard === 'object' && 'type' in guard ? String(guard.type) : 'a function'
}
