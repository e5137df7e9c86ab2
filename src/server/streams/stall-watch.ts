import { systemClock, unref } from '../../clock.ts'

/** Bytes that a reader is given at a time: however slow it is, it asks for more before it is taken for stalled. */
const mostBytes = 65_536

/**
 * Watches whether the reader of a stream asks for more after it was given something. One that does not for `milliseconds`, and at the latest
 * after twice that time, is stalled. It costs one timer for that time, not one for each piece.
 */
export class StallWatch {
  readonly #milliseconds: number
  readonly #stalled: () => void
  #isGiven = false
  /** Counts what was given. */
  #count = 0
  #timer: unknown = null

  /** @param stalled called at most once */
  constructor(milliseconds: number, stalled: () => void) {
    this.#milliseconds = milliseconds
    this.#stalled = stalled
  }

  /** The reader was given something. */
  given(): void {
    this.#isGiven = true
    this.#count++
    if (this.#timer === null) this.#look(this.#count)
  }

  /** The reader asks for more. */
  asked(): void {
    this.#isGiven = false
  }

  end(): void {
    this.#isGiven = false
    systemClock.clearTimeout(this.#timer)
  }

  #look(count: number): void {
    this.#timer = systemClock.setTimeout(() => {
      this.#timer = null
      if (!this.#isGiven) return
      if (count === this.#count) this.#stalled()
      else this.#look(this.#count)
    }, this.#milliseconds)
    unref(this.#timer)
  }
}

/** The same bytes in pieces that are given one at a time. */
export function* piecesOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += mostBytes) yield bytes.subarray(at, at + mostBytes)
}
