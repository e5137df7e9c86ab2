/** A queue of tasks that run once the actor rests, in the order in which they were added. Each run empties the queue. */
export class Outbox {
  readonly #tasks: (() => void)[] = []
  readonly #failed: (cause: unknown) => void
  #flushing: 'no' | 'scheduled' | 'running' = 'no'

  /** @param failed called with the error of a task that throws; later tasks still run */
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

  /** Runs all waiting tasks now: for an event that must be delivered at once but after them, such as a delta. */
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
