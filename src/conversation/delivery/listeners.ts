import type { TurnstateError } from '../../errors.ts'
import { reportRejection } from '../../report-rejection.ts'
import { listenerError } from './listener-error.ts'

type Listener<Event> = (event: Event) => unknown

/** The listeners of `chat.on`. One that throws is reported and disturbs neither the others nor the caller. */
export class Listeners<Event extends { readonly type: string }> {
  /** Arrays that are replaced, never changed: a listener may leave while its event is delivered. */
  #byType: Map<string, readonly Listener<Event>[]> | null = null
  readonly #report: (error: TurnstateError) => void

  constructor(report: (error: TurnstateError) => void) {
    this.#report = report
  }

  /**
   * Adds a listener to events of a type, or to all of them (`*`). Returns a function that removes it.
   *
   * @param entry A function that is not added yet: wrap what an app gives, so that it is called twice if it is added twice.
   */
  add(type: string, entry: Listener<Event>): () => void {
    const byType = (this.#byType ??= new Map<string, readonly Listener<Event>[]>())
    byType.set(type, [...(byType.get(type) ?? []), entry])
    return () => {
      const others = byType.get(type)?.filter((other) => other !== entry) ?? []
      if (others.length > 0) byType.set(type, others)
      else byType.delete(type)
    }
  }

  /** Calls the listeners to this type, then those to `*`. Runs for every delta, so it allocates nothing. */
  call(event: Event): void {
    if (!this.#byType) return
    this.#callAll(this.#byType.get(event.type), event)
    this.#callAll(this.#byType.get('*'), event)
  }

  clear(): void {
    this.#byType?.clear()
  }

  #callAll(listeners: readonly Listener<Event>[] | undefined, event: Event): void {
    if (!listeners) return
    for (let index = 0; index < listeners.length; index++) {
      try {
        const result = listeners[index]?.(event)
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
