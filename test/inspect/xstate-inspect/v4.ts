// A machine of this package in XState 4, created from its serialized definition, and a way to run it there.
import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate'
import { getStateNodes } from 'xstate/graph'
import { v4Definition } from '../../../src/inspect/xstate-inspect/definition.ts'
import { nameInV4 } from '../../../src/inspect/xstate-inspect/names.ts'
import { type AnyStateMachine as Machine4, xstate4 } from '../../xstate-inspect/real.ts'

export const toV4 = (machine: AnyStateMachine): Machine4 =>
  xstate4.createMachine(JSON.parse(JSON.stringify({ ...v4Definition(machine), context: {} })))

export const nodesOf = (machine: AnyStateMachine): readonly AnyStateNode[] => [machine.root, ...getStateNodes(machine)]

/** `on`, `always`, `after`, and the ends of invoked actors. */
export const listsOf = ({ transitions, always = [] }: AnyStateNode) =>
  [...transitions, ['', always] as const].filter(([, list]) => list.length > 0)

const places = new WeakMap<AnyTransitionDefinition, string>()

/** The place of a v5 transition in names that v4 has, too: `<state> <event> <index>`. */
export function placeOf(definition: AnyTransitionDefinition): string {
  const known = places.get(definition)
  if (known !== undefined) return known
  const place = findPlace(definition)
  places.set(definition, place)
  return place
}

function findPlace(definition: AnyTransitionDefinition): string {
  const [event, list] = listsOf(definition.source).find(([, candidates]) => candidates.includes(definition)) ?? ['', []]
  return `${definition.source.id} ${nameInV4(event)} ${list.indexOf(definition)}`
}

/** The v4 transitions by place. */
export function placesIn(machine: Machine4) {
  const nodes = machine.stateIds.map((id) => machine.getStateNodeById(id))
  return nodes.flatMap((node) =>
    node.transitions.map((transition) => {
      const alike = node.transitions.filter(({ eventType }) => eventType === transition.eventType)
      const place: string = `${node.id} ${transition.eventType} ${alike.indexOf(transition)}`
      return [place, transition] as const
    }),
  )
}

/** Required by its types. */
export const noConfig = { actions: {}, services: {}, activities: {}, guards: {}, delays: {} }

export interface Step {
  readonly event: string
  readonly taken: readonly AnyTransitionDefinition[]
}

/**
 * The steps of v5, taken by v4: its guards answer as those of v5 did, and all else is XState 4's own. A transition that is
 * taken by `always` follows from the step before it; what an action raised is sent.
 */
export function runInV4(machine: Machine4) {
  let due: string[] = []
  const guards: Record<string, (context: unknown, event: unknown, meta: { cond: unknown }) => boolean> = {}
  const placeOfCond = new Map<unknown, string>()
  for (const [place, { cond }] of placesIn(machine)) {
    if (!cond) continue
    placeOfCond.set(cond, place)
    guards['name' in cond ? cond.name : ''] = (_, __, meta) => {
      if (placeOfCond.get(meta.cond) !== due[0]) return false
      due.shift()
      return true
    }
  }
  const names = machine.stateIds.flatMap((id) => machine.getStateNodeById(id).after.map(({ delay }) => String(delay)))
  const guarded = machine.withConfig({
    ...noConfig,
    guards,
    delays: Object.fromEntries(names.map((name) => [name, 1])),
  })
  return {
    /** The state that v4 reaches. Throws if v4 did not evaluate each guard that held. */
    run(value: unknown, steps: readonly Step[]): unknown {
      let state = guarded.resolveState(xstate4.State.from(value as string, {}))
      for (const [index, { event, taken }] of steps.entries()) {
        if (taken.every(({ eventType }) => eventType === '') && index > 0) continue
        const next = steps.slice(index + 1)
        const end = next.findIndex((step) => step.taken.some(({ eventType }) => eventType !== ''))
        const together = [...taken, ...next.slice(0, end === -1 ? next.length : end).flatMap((step) => step.taken)]
        due = together.filter(({ guard }) => guard !== undefined).map(placeOf)
        state = guarded.transition(state, { type: nameInV4(event) })
        if (due.length > 0) throw new Error(`v4 did not come to ${due.join(', ')} upon ${event}`)
      }
      return state.value
    },
  }
}
