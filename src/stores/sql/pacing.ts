import { setImmediate } from 'node:timers'

/** Milliseconds of work after which the event loop turns: a tenth of what a store may block it for, because much else waits for its turn too. */
const slice = 2

/** Items between two looks at the clock. */
const portion = 16

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Maps a list, however long: lets the event loop turn whenever that has taken a slice of time. */
export async function inPortions<Item, Result>(
  items: readonly Item[],
  map: (item: Item) => Result,
): Promise<readonly Result[]> {
  const results: Result[] = []
  let until = performance.now() + slice
  for (const [index, item] of items.entries()) {
    results.push(map(item))
    if ((index + 1) % portion !== 0 || performance.now() < until) continue
    await nextTurn()
    until = performance.now() + slice
  }
  return results
}

/**
 * Runs pieces of work one after another, and lets the event loop turn when they, and what they set off in microtasks, have taken a slice of
 * time. When many conversations are answered at once, each one that goes on would block it for all that follow.
 */
export class Pacing {
  readonly #waiting: (() => void)[] = []
  #isRunning = false

  /** Adds a piece of work that does not throw. The first one is done at once. */
  add(work: () => void): void {
    this.#waiting.push(work)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    let until = performance.now() + slice
    for (let done = 0; done < this.#waiting.length;) {
      this.#waiting[done++]?.()
      // What waits for this piece goes on before the next one.
      await Promise.resolve()
      if (performance.now() < until) continue
      this.#waiting.splice(0, done)
      done = 0
      await nextTurn()
      until = performance.now() + slice
    }
    this.#waiting.length = 0
    this.#isRunning = false
  }
}
