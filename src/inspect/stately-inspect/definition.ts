import type { AnyStateMachine } from 'xstate'
import { guardName } from '../../observe/transition-names.ts'
import {
  describeState,
  type Dialect,
  type NamedAction,
  namedAction,
  type StateDefinition,
} from '../xstate-inspect/describe-state.ts'

interface V5Transition {
  readonly target?: readonly string[]
  readonly guard?: { readonly type: string }
  readonly actions: readonly NamedAction[]
  readonly reenter: boolean
}

export interface V5Definition extends StateDefinition<V5Transition> {
  readonly version?: string | undefined
}

const v5: Dialect<V5Transition> = {
  event: (type) => type,
  transition({ target, guard, actions, reenter }) {
    const type = guardName(guard)
    return {
      ...(target ? { target: target.map(({ id }) => `#${id}`) } : {}),
      ...(type === null ? {} : { guard: { type } }),
      actions: actions.map(namedAction),
      reenter,
    }
  },
}

const known = new WeakMap<AnyStateMachine, V5Definition>()

/**
 * A machine as plain JSON that XState 5's `createMachine` takes: its config without functions and without parameters,
 * which may hold texts. Made once for each.
 */
export function v5Definition(machine: AnyStateMachine): V5Definition {
  let definition = known.get(machine)
  if (!definition) {
    definition = { version: machine.version, ...describeState(machine.root, v5) }
    known.set(machine, definition)
  }
  return definition
}
