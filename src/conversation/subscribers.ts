import type { Clock } from '../clock.ts'
import type { TurnstateError } from '../errors.ts'
import { listenerError } from './reporter.ts'
import { reportRejection } from '../report-rejection.ts'

/** Readers of state are told at most once in this many milliseconds of a reply that grows. */
const frame = 33

/** Those who read the state when told that it changed. */
export class Subscribers {
  readonly #clock: Clock
  readonly #report: (error: TurnstateError) => void
  readonly #subscribers = new Set<() => unknown>()
  #timer: unknown = null

  constructor(clock: Clock, report: (error: TurnstateError) => void) {
    this.#clock = clock
    this.#report = report
  }

  add(listener: () => unknown): () => void {
    // Wrapped, so that a function that subscribes twice is told twice and leaves once.
    const entry = () => listener()
    this.#subscribers.add(entry)
    return () => void this.#subscribers.delete(entry)
  }

  tell(): void {
    this.#cancel()
    const failed = (cause: unknown) => this.#report(listenerError('A subscriber', cause))
    for (const subscriber of this.#subscribers) {
      try {
        reportRejection(subscriber(), failed)
      } catch (cause) {
        failed(cause)
      }
    }
  }

  tellNextFrame(): void {
    if (this.#timer === null && this.#subscribers.size > 0)
      this.#timer = this.#clock.setTimeout(() => this.tell(), frame)
  }

  clear(): void {
    this.#cancel()
    this.#subscribers.clear()
  }

  #cancel(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
