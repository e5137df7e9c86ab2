import type { Clock } from '../../src/clock.ts'

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** A clock that stands still until a test lets it go on to the next timer. */
export class TestClock implements Clock {
  now = 0
  readonly #timers = new Set<Timer>()

  setTimeout(run: () => void, ms: number): Timer {
    const timer = { at: this.now + ms, run }
    this.#timers.add(timer)
    return timer
  }

  clearTimeout(timer: unknown): void {
    this.#timers.delete(timer as Timer)
  }

  /** How long the timers run that are set, in milliseconds from now, the shortest first. */
  get waits(): readonly number[] {
    return [...this.#timers].map(({ at }) => at - this.now).toSorted((one, other) => one - other)
  }

  /** Goes on to the next timer that is due within so many milliseconds. Returns `false` if there is none. */
  next(within = Infinity): boolean {
    const [timer] = [...this.#timers].toSorted((one, other) => one.at - other.at)
    if (!timer || timer.at > this.now + within) return false
    this.#timers.delete(timer)
    this.now = timer.at
    timer.run()
    return true
  }
}

/** Lets everything run that is ready to. */
export const ready = async (): Promise<void> => {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve))
}
