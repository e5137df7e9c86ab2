// A machine of XState 5 as XState 4 defines machines: plain JSON that v4's `createMachine` takes and can run.
//   Guards, actions, delays and actors are names, as in the chart: who runs it gives them with `withConfig`.
//   v4 knows `*` but no other wildcards: `done.invoke.*` stays as it is, and is taken by nothing.
import type { AnyStateMachine } from 'xstate'
import { guardName } from '../../observe/transition-names.ts'
import { describeState, type Dialect, type NamedAction, namedAction, type StateDefinition } from './describe-state.ts'
import { nameInV4 } from './names.ts'

interface V4Transition {
  /** Ids of states, each behind a `#`. None for one that stays where it is. */
  readonly target?: readonly string[]
  readonly cond?: { readonly type: 'xstate.guard'; readonly name: string }
  readonly actions: readonly NamedAction[]
  /** It does not leave its state. */
  readonly internal: boolean
}

export interface V4Definition extends StateDefinition<V4Transition> {
  readonly version?: string | undefined
  /** XState 5 knows no other order of actions; without it v4 warns. */
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

/** The definition of a machine, without its context. Made once for each. */
export function v4Definition(machine: AnyStateMachine): V4Definition {
  let definition = known.get(machine)
  if (!definition) {
    definition = { version: machine.version, predictableActionArguments: true, ...describeState(machine.root, v4) }
    known.set(machine, definition)
  }
  return definition
}
