import type { TurnstateError } from '../../errors.ts'
import { reportRejection } from '../../report-rejection.ts'
import { listenerError } from './listener-error.ts'

type Listener<Event> = (event: Event) => unknown

/** The listeners of `chat.on`. One that throws is reported and disturbs neither the others nor the caller. */
export class Listeners<Event extends { readonly type: string }> {
  /** Arrays that are replaced, never changed: a listener may leave while its event is delivered. */
  readonly #byType = new Map<string, readonly Listener<Event>[]>()
  readonly #report: (error: TurnstateError) => void

  constructor(report: (error: TurnstateError) => void) {
    this.#report = report
  }

  /** Adds a listener to events of a type, or to all of them (`*`). Returns a function that removes it. */
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

  /** Calls the listeners to this type, then those to `*`. Runs for every delta, so it allocates nothing. */
  call(event: Event): void {
    this.#callAll(this.#byType.get(event.type), event)
    this.#callAll(this.#byType.get('*'), event)
  }

  clear(): void {
    this.#byType.clear()
  }

  #callAll(listeners: readonly Listener<Event>[] | undefined, event: Event): void {
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
