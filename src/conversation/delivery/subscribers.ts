import type { Clock } from '../../clock.ts'
import type { TurnstateError } from '../../errors.ts'
import { reportRejection } from '../../report-rejection.ts'
import { listenerError } from './listener-error.ts'

/** While a reply grows, subscribers are called at most once in this many milliseconds: a frame at 30 per second. */
const frame = 33

/** The subscribers of `chat.subscribe`: they are called without arguments when something that they can read has changed. */
export class Subscribers {
  readonly #clock: Clock
  readonly #report: (error: TurnstateError) => void
  #subscribers: Set<() => unknown> | null = null
  #timer: unknown = null

  constructor(clock: Clock, report: (error: TurnstateError) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Adds a subscriber. Returns a function that removes it. */
  add(listener: () => unknown): () => void {
    // Wrapped, so that a function that subscribes twice is called twice and removed once.
    const entry = () => listener()
    const subscribers = (this.#subscribers ??= new Set())
    subscribers.add(entry)
    return () => void subscribers.delete(entry)
  }

  /** Calls all of them. A call that waits for the next frame is dropped: this one covers it. */
  call(): void {
    this.#cancel()
    if (!this.#subscribers) return
    const failed = (cause: unknown) => this.#report(listenerError('A subscriber', cause))
    for (const subscriber of this.#subscribers) {
      try {
        reportRejection(subscriber(), failed)
      } catch (cause) {
        failed(cause)
      }
    }
  }

  /** Calls them in the next frame, once however often this is asked for until then. */
  callInNextFrame(): void {
    if (this.#timer === null && this.#subscribers !== null && this.#subscribers.size > 0)
      this.#timer = this.#clock.setTimeout(() => this.call(), frame)
  }

  clear(): void {
    this.#cancel()
    this.#subscribers?.clear()
  }

  #cancel(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
  }
}
