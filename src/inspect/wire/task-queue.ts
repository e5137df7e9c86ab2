// Runs tasks for peers in slices of time, so that they never block the process for long.

/** Milliseconds of work between two turns of the event loop. */
const slice = 5

/** Runs tasks in order: as many as fit in 5 ms, and the others in the next turn of the event loop. */
export class TaskQueue {
  #waiting: (() => void)[] = []
  #isScheduled = false

  /** @param task Must not throw. A long task adds the rest of its work again, behind other tasks. */
  add(task: () => void): void {
    this.#waiting.push(task)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#run()
    })
  }

  #run(): void {
    const end = performance.now() + slice
    for (let task = this.#waiting.shift(); task; task = this.#waiting.shift()) {
      task()
      if (performance.now() >= end) break
    }
    if (this.#waiting.length > 0) this.#schedule()
  }
}
