import type { Clock } from '../clock.ts'

export interface Watchdog {
  /** There was a sign of life; the wait begins anew. */
  touch(): void
  clear(): void
}

/** Calls `bark` once there has been no sign of life for `ms()` milliseconds. Starts with the first `touch`. */
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
