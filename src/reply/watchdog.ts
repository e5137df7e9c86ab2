import type { Clock } from '../clock.ts'

export interface Watchdog {
  /** Restarts the wait. */
  touch(): void
  clear(): void
}

/** Calls `bark` when `touch` was not called for `ms()` milliseconds. Starts with the first `touch`. */
export function watchdog(clock: Clock, ms: () => number, bark: () => void): Watchdog {
  let timer: unknown = null
  const clear = () => {
    if (timer !== null) clock.clearTimeout(timer)
    timer = null
  }
  return {
    touch() {
      clear()
      timer = clock.setTimeout(bark, ms())
    },
    clear,
  }
}
