import type { ActorOptions, AnyActorLogic } from 'xstate'

/** The clock of an actor: XState's `SimulatedClock` is one. */
export type Clock = NonNullable<ActorOptions<AnyActorLogic>['clock']>

/** The most milliseconds that a timer can be set to: one that is set to more fires at once. */
export const longestTimer = 2 ** 31 - 1

/** Wall time. Code that waits takes its clock as a parameter; only this object uses real timers. */
export const systemClock: Clock = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (id) => clearTimeout(id),
}

/** Lets the process exit while this timer or socket is still active. Does nothing for handles of a simulated clock. */
export function unref(handle: unknown): void {
  if (typeof handle === 'object' && handle !== null && 'unref' in handle && typeof handle.unref === 'function')
    handle.unref()
}
