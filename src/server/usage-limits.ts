// Who may do how much at a time.
import { TurnstateError } from '../errors.ts'

/** Counts what is under way, for each principal and in all. */
export class Concurrency {
  readonly #what: string
  readonly #each: number
  readonly #most: number
  readonly #counts = new Map<string, number>()
  #all = 0

  /** @param what what is counted, in the plural, for the error */
  constructor(what: string, each: number, most: number) {
    this.#what = what
    this.#each = each
    this.#most = most
  }

  get all(): number {
    return this.#all
  }

  /**
   * Counts one more. Returns a function that counts it off; a second call does nothing.
   *
   * @throws TurnstateError `limit-exceeded`, `server-overloaded`
   */
  begin(principal: string): () => void {
    const count = this.#counts.get(principal) ?? 0
    if (count >= this.#each)
      throw new TurnstateError(
        'limit-exceeded',
        `You have ${count} ${this.#what} already, which is the most. Wait until one of them ends.`,
        { retryAfter: 1_000 },
      )
    if (this.#all >= this.#most)
      throw new TurnstateError('server-overloaded', `The server has the most ${this.#what} that it takes. Wait.`, {
        retryAfter: 5_000,
      })
    this.#counts.set(principal, count + 1)
    this.#all++
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      this.#all--
      const left = (this.#counts.get(principal) ?? 1) - 1
      if (left > 0) this.#counts.set(principal, left)
      else this.#counts.delete(principal)
    }
  }
}

const minute = 60_000

/** How many requests are left, and when that was. It fills evenly. */
interface Bucket {
  readonly left: number
  readonly at: number
}

/** The bucket after one more request, or the milliseconds until it has one again. */
function takeFrom({ left, at }: Bucket, most: number, now: number): Bucket | number {
  const filled = Math.min(most, left + (Math.max(0, now - at) * most) / minute)
  return filled < 1 ? Math.ceil(((1 - filled) * minute) / Math.max(1, most)) : { left: filled - 1, at: now }
}

/** Requests of everybody in the last minute, whoever they are. */
export class TotalRate {
  readonly #most: number
  readonly #now: () => number
  #bucket: Bucket

  constructor(most: number, now: () => number) {
    this.#most = most
    this.#now = now
    this.#bucket = { left: most, at: now() }
  }

  /** @throws TurnstateError `server-overloaded` */
  take(): void {
    const taken = takeFrom(this.#bucket, this.#most, this.#now())
    if (typeof taken === 'number')
      throw new TurnstateError(
        'server-overloaded',
        `The server had ${this.#most} requests in a minute, which is the most that it takes. Wait.`,
        { retryAfter: taken },
      )
    this.#bucket = taken
  }
}

/** Requests of each principal in the last minute. */
export class Rate {
  readonly #most: number
  readonly #now: () => number
  readonly #buckets = new Map<string, Bucket>()

  constructor(most: number, now: () => number) {
    this.#most = most
    this.#now = now
  }

  /** @throws TurnstateError `limit-exceeded` */
  take(principal: string): void {
    const now = this.#now()
    const taken = takeFrom(this.#buckets.get(principal) ?? { left: this.#most, at: now }, this.#most, now)
    if (typeof taken === 'number')
      throw new TurnstateError('limit-exceeded', `There were more than ${this.#most} requests in a minute.`, {
        retryAfter: taken,
      })
    // The order is that of use, so that full buckets are found at the beginning.
    this.#buckets.delete(principal)
    this.#buckets.set(principal, taken)
    for (const [other, { at }] of this.#buckets) {
      if (now - at < minute) break
      this.#buckets.delete(other)
    }
  }
}
