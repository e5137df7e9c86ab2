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

  has(type: string): boolean {
    return (this.#byType.get(type)?.size ?? 0) > 0
  }

  tell(event: Event): void {
    const listeners = this.#byType.get(event.type)
    if (listeners) for (const listener of listeners) this.#call(listener, event)
    const all = this.#byType.get('*')
    if (all) for (const listener of all) this.#call(listener, event)
  }

  clear(): void {
    this.#byType.clear()
  }

  #call(listener: Listener<Event>, event: Event): void {
    guarded(() => listener(event), `A listener to ${event.type}`, this.#report)
  }
}

/** Runs somebody else's function; what it throws, or rejects with, is reported. */
export function guarded(run: () => unknown, who: string, report: (error: TurnstateError) => void): void {
  const failed = (cause: unknown) =>
    report(
      new TurnstateError('listener-failed', `${who} threw: ${messageOf(cause)}. The conversation goes on.`, { cause }),
    )
  try {
    const result = run()
    if (result instanceof Promise) result.catch(failed)
  } catch (error) {
    failed(error)
  }
}
