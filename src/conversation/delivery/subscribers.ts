import type { Clock } from '../../clock.ts'
import type { TurnstateError } from '../../errors.ts'
import { framesOf, type Gathering } from '../../frames.ts'
import { reportRejection } from '../../report-rejection.ts'
import { listenerError } from './listener-error.ts'

/** While a reply grows, subscribers are called at most once in this many milliseconds: a frame at 30 per second. */
const frame = 33

/** The subscribers of `chat.subscribe`: they are called without arguments when something that they can read has changed. */
export class Subscribers implements Gathering {
  readonly #clock: Clock
  readonly #report: (error: TurnstateError) => void
  /** Each with whether it is also called when only the reply in progress has grown. */
  #subscribers: Map<() => unknown, boolean> | null = null
  /** How many of them are. */
  #growing = 0
  /** Whether the next frame is waited for, and whether it is to call them. */
  #next: 'no' | 'unneeded' | 'calls' = 'no'

  constructor(clock: Clock, report: (error: TurnstateError) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Adds a subscriber. Returns a function that removes it. */
  add(listener: () => unknown, { whenGrowing = true } = {}): () => void {
    // Wrapped, so that a function that subscribes twice is called twice and removed once.
    const entry = () => listener()
    const subscribers = (this.#subscribers ??= new Map())
    subscribers.set(entry, whenGrowing)
    if (whenGrowing) this.#growing++
    return () => {
      if (subscribers.delete(entry) && whenGrowing) this.#growing--
    }
  }

  /** Calls all of them. A call that waits for the next frame is dropped: this one covers it. */
  call(): void {
    this.#cancel()
    this.#call(() => true)
  }

  #call(isMeant: (whenGrowing: boolean) => boolean): void {
    if (!this.#subscribers) return
    const failed = (cause: unknown) => this.#report(listenerError('A subscriber', cause))
    for (const [subscriber, whenGrowing] of this.#subscribers) {
      if (!isMeant(whenGrowing)) continue
      try {
        reportRejection(subscriber(), failed)
      } catch (cause) {
        failed(cause)
      }
    }
  }

  /** The reply in progress has grown: calls them in the next frame, once however often this is asked for until then. */
  callInNextFrame(): void {
    if (this.#growing === 0) return
    if (this.#next === 'no') framesOf(frame, this.#clock).join(this)
    this.#next = 'calls'
  }

  /** A frame is over. */
  frameOver(): void {
    const next = this.#next
    this.#next = 'no'
    if (next === 'calls') this.#call((whenGrowing) => whenGrowing)
  }

  clear(): void {
    this.#cancel()
    this.#subscribers?.clear()
    this.#growing = 0
  }

  #cancel(): void {
    if (this.#next === 'calls') this.#next = 'unneeded'
  }
}
