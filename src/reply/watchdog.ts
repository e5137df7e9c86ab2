import { Alarm, type Clock } from '../clock.ts'

export interface Watchdog {
  /** Restarts the timer. */
  touch(): void
  clear(): void
}

/** A timer that calls `expired` if `touch` is not called for `ms()` milliseconds. Starts with the first `touch`. */
export function watchdog(clock: Clock, ms: () => number, expired: () => void): Watchdog {
  const alarm = new Alarm(clock, expired)
  return { touch: () => alarm.set(ms()), clear: () => alarm.clear() }
}
