import { setImmediate } from 'node:timers'

/** Milliseconds of work after which the event loop turns: a tenth of what a store may block it for, because much else waits for its turn too. */
const slice = 2

/**
 * Runs pieces of work that take the processor, such as sealing, one after another, and lets the event loop turn between them. Many
 * conversations that write at once would block it otherwise.
 */
export class Pacing {
  readonly #waiting: (() => void)[] = []

  /** Runs the work in one of the next turns of the event loop, after all work before it. Rejects with what the work throws. */
  run<Result>(work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const isFirst = this.#waiting.length === 0
      this.#waiting.push(() => {
        try {
          resolve(work())
        } catch (error) {
          reject(error)
        }
      })
      if (isFirst) this.#turn()
    })
  }

  #turn(): void {
    setImmediate(() => {
      const until = performance.now() + slice
      let done = 0
      do this.#waiting[done++]?.()
      while (done < this.#waiting.length && performance.now() < until)
      this.#waiting.splice(0, done)
      if (this.#waiting.length > 0) this.#turn()
    })
  }
}
