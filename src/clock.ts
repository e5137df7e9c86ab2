import type { ActorOptions, AnyActorLogic } from 'xstate'

/** The clock of an actor: XState's `SimulatedClock` is one. */
export type Clock = NonNullable<ActorOptions<AnyActorLogic>['clock']>

/** Wall time. Everything that waits takes its clock as a parameter; this is the only place with timers of its own. */
export const systemClock: Clock = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (id) => clearTimeout(id),
}
