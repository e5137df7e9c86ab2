import type { TurnstateError } from '../errors.ts'
import { listenerError } from './reporter.ts'
import { reportRejection } from '../report-rejection.ts'

type Listener<Event> = (event: Event) => unknown

/** Calls listeners so that none can harm another, or whoever tells them. */
export class Listeners<Event extends { readonly type: string }> {
  /** Arrays that are replaced, never changed: telling goes through them by index, and a listener may leave meanwhile. */
  readonly #byType = new Map<string, readonly Listener<Event>[]>()
  readonly #report: (error: TurnstateError) => void

  constructor(report: (error: TurnstateError) => void) {
    this.#report = report
  }

  add(type: string, listener: Listener<Event>): () => void {
    // Wrapped, so that a function that is added twice is called twice and removed once.
    const entry: Listener<Event> = (event) => listener(event)
    this.#byType.set(type, [...(this.#byType.get(type) ?? []), entry])
    return () => {
      const others = this.#byType.get(type)?.filter((other) => other !== entry) ?? []
      if (others.length > 0) this.#byType.set(type, others)
      else this.#byType.delete(type)
    }
  }

  /** Runs for every delta, so it makes nothing. */
  tell(event: Event): void {
    this.#tellAll(this.#byType.get(event.type), event)
    this.#tellAll(this.#byType.get('*'), event)
  }

  clear(): void {
    this.#byType.clear()
  }

  #tellAll(listeners: readonly Listener<Event>[] | undefined, event: Event): void {
    if (!listeners) return
    for (const listener of listeners) {
      try {
        const result = listener(event)
        if (result !== undefined) reportRejection(result, (cause) => this.#failed(event, cause))
      } catch (error) {
        this.#failed(event, error)
      }
    }
  }

  #failed(event: Event, cause: unknown): void {
    this.#report(listenerError(`A listener to ${event.type}`, cause))
  }
}
