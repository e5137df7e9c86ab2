/** The options of a {@link Gathered}. */
export interface GatheredOptions<Item, Result> {
  /** Answers items, in their order. */
  readonly make: (items: readonly Item[]) => Promise<readonly Result[]>
  /** The size of an item. */
  readonly sizeOf: (item: Item) => number
  /** The items of a call are at most so large together, but at least one. */
  readonly mostAtOnce: number
}

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one call for many items: for those that come in the same moment, and for those that come while a call is under way. So a busy process makes
 * no more calls than the database answers, and an idle one waits for nothing. A call that fails fails for all of its items.
 */
export class Gathered<Item, Result> {
  readonly #options: GatheredOptions<Item, Result>
  #waiting: Waiting<Item, Result>[] = []
  #phase: 'idle' | 'calling' = 'idle'

  constructor(options: GatheredOptions<Item, Result>) {
    this.#options = options
  }

  /** The result of an item. @throws what the call throws */
  ask(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (this.#phase === 'idle') void this.#callAll()
    })
  }

  async #callAll(): Promise<void> {
    this.#phase = 'calling'
    // What comes in the same moment goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#call(this.#next())
    this.#phase = 'idle'
  }

  #next(): readonly Waiting<Item, Result>[] {
    const { sizeOf, mostAtOnce } = this.#options
    let count = 0
    for (let size = 0; count < this.#waiting.length; count++) {
      const waiting = this.#waiting[count]
      size += waiting ? sizeOf(waiting.item) : 0
      if (count > 0 && size > mostAtOnce) break
    }
    return this.#waiting.splice(0, count)
  }

  async #call(all: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#options.make(all.map(({ item }) => item))
      const left = [...all]
      for (const result of results) left.shift()?.resolve(result)
      for (const { reject } of left) reject(new Error('A call that was made of many has too few results.'))
    } catch (error) {
      for (const { reject } of all) reject(error)
    }
  }
}
