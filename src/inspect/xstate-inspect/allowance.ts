// A rate limit for what a viewer sends.

export interface Rate {
  /** The most at once. */
  readonly most: number
  /** The amount that is restored per second. */
  readonly perSecond: number
}

/** A token bucket: the amount left of a rate, which refills over time. */
export class Allowance {
  readonly #rate: Rate
  readonly #now: () => number
  #left: number
  #at: number

  /** @param now The time in milliseconds. */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
    this.#left = rate.most
    this.#at = now()
  }

  /** Takes an amount. Returns `false`, and takes nothing, if less is left. */
  take(amount: number): boolean {
    const now = this.#now()
    const { most, perSecond } = this.#rate
    this.#left = Math.min(most, this.#left + ((now - this.#at) / 1_000) * perSecond)
    this.#at = now
    if (amount > this.#left) return false
    this.#left -= amount
    return true
  }
}
