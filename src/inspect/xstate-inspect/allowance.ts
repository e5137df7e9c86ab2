// How much a viewer may say.

export interface Rate {
  /** At once. */
  readonly most: number
  /** What comes back in a second. */
  readonly perSecond: number
}

/** What is left of a rate: it fills again as time goes by. */
export class Allowance {
  readonly #rate: Rate
  readonly #now: () => number
  #left: number
  #at: number

  /** @param now milliseconds */
  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
    this.#left = rate.most
    this.#at = now()
  }

  /** Takes so much. `false`: there is not so much left, and nothing was taken. */
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
