import type { Clock } from '../clock.ts'

export interface Watchdog {
  /** Restarts the timer. */
  touch(): void
  clear(): void
}

/** A timer that calls `expired` if `touch` is not called for `ms()` milliseconds. Starts with the first `touch`. */
export function watchdog(clock: Clock, ms: () => number, expired: () => void): Watchdog {
  let timer: unknown = null
  const clear = () => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = null
  }
  return {
    touch() {
      clear()
      timer = clock.setTimeout(expired, ms())
    },
    clear,
  }
}
