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

/** Resolves after so many milliseconds of wall time. */
export const elapsed = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void systemClock.setTimeout(resolve, milliseconds))

/** A timer that is set again and again. On wall time one timer serves for all of them: a new one each time costs more. */
export class Alarm {
  readonly #clock: Clock
  readonly #rings: () => void
  #timer: unknown = null
  #milliseconds = 0

  constructor(clock: Clock, rings: () => void) {
    this.#clock = clock
    this.#rings = rings
  }

  /** It rings once, so many milliseconds from now, unless it is set again or cleared before. */
  set(milliseconds: number): void {
    const timer = this.#timer
    if (this.#clock === systemClock && milliseconds === this.#milliseconds && canStartAgain(timer)) {
      timer.refresh()
      return
    }
    this.clear()
    this.#milliseconds = milliseconds
    this.#timer = this.#clock.setTimeout(this.#rings, milliseconds)
  }

  clear(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }

  /** Lets the process exit while it is set. */
  unref(): void {
    unref(this.#timer)
  }
}

/** As the timers of Node can, also after they have fired. */
const canStartAgain = (timer: unknown): timer is { refresh(): unknown } =>
  typeof timer === 'object' && timer !== null && 'refresh' in timer && typeof timer.refresh === 'function'
