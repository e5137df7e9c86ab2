// Records the steps of charts, run by an actor or by pure transitions.
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import { placeOf, type Step } from './v4.ts'

/** One event and what followed from it. */
export interface Move {
  readonly event: string
  readonly from: unknown
  readonly to: unknown
  readonly steps: readonly Step[]
}

/** XState's report of a step; the pure functions omit the actor. */
interface Inspected {
  readonly type: string
  readonly event: { readonly type: string }
  readonly _transitions: Step['taken']
}

/** Makes a machine, and machines provided from it, report their moves. Each kind of move is recorded once. */
export function keepMoves(machine: AnyStateMachine) {
  const moves = new Map<string, Move>()
  const places = new Set<string>()

  const keep = (move: Move) => {
    const taken = move.steps.flatMap((step) => step.taken.map(placeOf))
    for (const place of taken) places.add(place)
    moves.set(JSON.stringify([move.event, move.from, move.to, taken]), move)
  }
  const follow = (followed: AnyStateMachine) => {
    const transition = followed.transition.bind(followed)
    followed.transition = (from, event, scope) => {
      const steps: Step[] = []
      const system = scope.system as typeof scope.system & { _sendInspectionEvent: (got: Inspected) => void }
      const tell = system._sendInspectionEvent
      system._sendInspectionEvent = (got) => {
        if (got.type === '@xstate.microstep') steps.push({ event: got.event.type, taken: got._transitions })
        tell(got)
      }
      try {
        const to: AnyMachineSnapshot = transition(from, event, scope)
        if (to.status !== 'error' && event.type !== 'xstate.stop')
          keep({ event: event.type, from: from.value, to: to.value, steps })
        return to
      } finally {
        system._sendInspectionEvent = tell
      }
    }
    return () => {
      followed.transition = transition
    }
  }

  const provide = machine.provide.bind(machine)
  const unfollow = follow(machine)
  machine.provide = (implementations) => {
    const provided = provide(implementations)
    follow(provided)
    return provided
  }
  return {
    moves,
    /** The places of the transitions taken. */
    places,
    end: () => {
      unfollow()
      machine.provide = provide
    },
  }
}
