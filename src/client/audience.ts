import type { Clock } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { ConversationNotice } from '../index.ts'

/** While a reply grows, subscribers are called at most once in this many milliseconds. */
const frame = 33

type Listener = (notice: ConversationNotice) => unknown

/** Who listens to a conversation. A function that throws is reported, and disturbs neither the others nor the caller. */
export class Audience {
  readonly #clock: Clock
  readonly #report: (error: TurnstateError) => void
  readonly #subscribers = new Set<() => unknown>()
  readonly #listeners = new Set<{ readonly type: string; readonly listener: Listener }>()
  #timer: unknown = null

  constructor(clock: Clock, report: (error: TurnstateError) => void) {
    this.#clock = clock
    this.#report = report
  }

  /** Adds a subscriber. One that is added twice is called twice. Returns a function that removes it. */
  subscribe(subscriber: () => unknown): () => void {
    const entry = () => subscriber()
    this.#subscribers.add(entry)
    return () => void this.#subscribers.delete(entry)
  }

  /** Adds a listener to events of a type, or to all of them (`*`). Returns a function that removes it. */
  on(type: string, listener: Listener): () => void {
    const entry = { type, listener }
    this.#listeners.add(entry)
    return () => void this.#listeners.delete(entry)
  }

  /** Calls the listeners to the type of this event, then those to `*`. */
  tell(notice: ConversationNotice): void {
    for (const wanted of [notice.type, '*'])
      for (const { type, listener } of Array.from(this.#listeners))
        if (type === wanted) this.#call(() => listener(notice))
  }

  /** Calls the subscribers: at once, or in the next frame, however often that is asked for until then. */
  changed(isGrowing: boolean): void {
    if (isGrowing) {
      this.#timer ??= this.#clock.setTimeout(() => this.changed(false), frame)
      return
    }
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    for (const subscriber of Array.from(this.#subscribers)) this.#call(subscriber)
  }

  #call(run: () => unknown): void {
    // A function of the app may return a promise.
    new Promise((resolve) => resolve(run())).catch((cause: unknown) =>
      this.#report(new TurnstateError('listener-failed', 'A listener threw. The conversation continues.', { cause })),
    )
  }
}
