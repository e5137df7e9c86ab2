import { messageOf, TurnstateError } from '../errors.ts'

type Listener<Event> = (event: Event) => unknown

/** Calls listeners so that none can harm another, or whoever tells them. */
export class Listeners<Event extends { readonly type: string }> {
  readonly #byType = new Map<string, Set<Listener<Event>>>()
  readonly #report: (error: TurnstateError) => void

  constructor(report: (error: TurnstateError) => void) {
    this.#report = report
  }

  add(type: string, listener: Listener<Event>): () => void {
    const listeners = this.#byType.get(type) ?? new Set()
    this.#byType.set(type, listeners)
    // Wrapped, so that a function that is added twice is called twice and removed once.
    const entry: Listener<Event> = (event) => listener(event)
    listeners.add(entry)
    return () => void listeners.delete(entry)
  }

  /** Runs for every delta, so it makes nothing. */
  tell(event: Event): void {
    this.#tellAll(this.#byType.get(event.type), event)
    this.#tellAll(this.#byType.get('*'), event)
  }

  clear(): void {
    this.#byType.clear()
  }

  #tellAll(listeners: ReadonlySet<Listener<Event>> | undefined, event: Event): void {
    if (!listeners) return
    for (const listener of listeners) {
      try {
        const result = listener(event)
        if (result instanceof Promise) result.catch((cause: unknown) => this.#failed(event, cause))
      } catch (error) {
        this.#failed(event, error)
      }
    }
  }

  #failed(event: Event, cause: unknown): void {
    this.#report(listenerError(`A listener to ${event.type}`, cause))
  }
}

/** What somebody else's function threw, as it is reported. */
export const listenerError = (who: string, cause: unknown): TurnstateError =>
  new TurnstateError('listener-failed', `${who} threw: ${messageOf(cause)}. The conversation goes on.`, { cause })
