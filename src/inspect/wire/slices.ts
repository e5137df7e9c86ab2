// Work for peers, done a little at a time, so that whatever else the process does is never held up for long.

/** Milliseconds of work between two turns of the event loop. */
const slice = 5

/** Does tasks in the order in which they come, as many as fit in a slice, and the others in the next turn of the event loop. */
export class Slices {
  #waiting: (() => void)[] = []
  #isScheduled = false

  /** @param task Must not throw. What is left of its work it adds anew, behind the work of others. */
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
