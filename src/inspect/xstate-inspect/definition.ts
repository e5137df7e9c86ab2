// Converts a machine of XState 5 to a definition for XState 4: plain JSON that v4's `createMachine` accepts and can run.
//   Guards, actions, delays and actors are names, as in the chart; `withConfig` provides their implementations.
//   v4 knows `*` but no other wildcards: `done.invoke.*` is copied as it is, and matches nothing.
import type { AnyStateMachine } from 'xstate'
import { guardName } from '../../observe/transition-names.ts'
import { describeState, type Dialect, type NamedAction, namedAction, type StateDefinition } from './describe-state.ts'
import { nameInV4 } from './names.ts'

interface V4Transition {
  /** Ids of states, each after a `#`. Missing for a transition without a target. */
  readonly target?: readonly string[]
  readonly cond?: { readonly type: 'xstate.guard'; readonly name: string }
  readonly actions: readonly NamedAction[]
  /** Whether the transition stays inside its state. */
  readonly internal: boolean
}

export interface V4Definition extends StateDefinition<V4Transition> {
  readonly version?: string | undefined
  /** The order of actions that XState 5 always has. Without it, v4 warns. */
  readonly predictableActionArguments: true
}

const v4: Dialect<V4Transition> = {
  event: nameInV4,
  transition({ target, guard, actions, reenter }) {
    const name = guardName(guard)
    return {
      ...(target ? { target: target.map(({ id }) => `#${id}`) } : {}),
      ...(name === null ? {} : { cond: { type: 'xstate.guard', name } }),
      actions: actions.map(namedAction),
      internal: !reenter,
    }
  },
}

const known = new WeakMap<AnyStateMachine, V4Definition>()

/** The definition of a machine, without its context. Made once per machine. */
export function v4Definition(machine: AnyStateMachine): V4Definition {
  let definition = known.get(machine)
  if (!definition) {
    definition = { version: machine.version, predictableActionArguments: true, ...describeState(machine.root, v4) }
    known.set(machine, definition)
  }
  return definition
}
