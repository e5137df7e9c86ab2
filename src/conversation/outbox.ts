/**
 * Tells things in the order in which they happened, once the actor has come to rest: what a listener then calls
 * finds the conversation where it was told it is.
 */
export class Outbox {
  readonly #tasks: (() => void)[] = []
  readonly #failed: (cause: unknown) => void
  #flushing: 'no' | 'scheduled' | 'running' = 'no'

  /** @param failed Told of what a task threw. The tasks behind it are done all the same. */
  constructor(failed: (cause: unknown) => void) {
    this.#failed = failed
  }

  add(task: () => void): void {
    this.#tasks.push(task)
    if (this.#flushing !== 'no') return
    this.#flushing = 'scheduled'
    queueMicrotask(() => this.flush())
  }

  /** Tells what waits, now. For who is about to tell something that came after. */
  flush(): void {
    if (this.#flushing === 'running' || this.#tasks.length === 0) return
    this.#flushing = 'running'
    for (let task = this.#tasks.shift(); task; task = this.#tasks.shift()) {
      try {
        task()
      } catch (cause) {
        this.#failed(cause)
      }
    }
    this.#flushing = 'no'
  }
}
