/** Tasks that wait until the actor rests, in the order in which they were added. Each run of the queue does all that wait. */
export class Outbox {
  readonly #tasks: (() => void)[] = []
  readonly #failed: (cause: unknown) => void
  #flushing: 'no' | 'scheduled' | 'running' = 'no'

  /** @param failed Called with what a task threw. The tasks behind it are done all the same. */
  constructor(failed: (cause: unknown) => void) {
    this.#failed = failed
  }

  /** Adds a task for the next microtask, by which time the actor rests. */
  add(task: () => void): void {
    this.#tasks.push(task)
    if (this.#flushing !== 'no') return
    this.#flushing = 'scheduled'
    queueMicrotask(() => this.flush())
  }

  /** Does at once everything that waits: for a caller whose own event came after it, such as a delta. */
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
