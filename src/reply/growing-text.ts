/** The most pieces that are kept apart. Many small strings that live for a whole reply are slow to collect. */
const mostApart = 512

/** A text that grows piece by piece. It is joined when it is read: joining for each piece would cost the length of the text each time. */
export class GrowingText {
  /** The text without the latest pieces. */
  readonly #parts: string[] = []
  #latest: string[] = []

  get isEmpty(): boolean {
    return this.#parts.length === 0 && this.#latest.length === 0
  }

  add(piece: string): void {
    if (piece === '') return
    if (this.#latest.push(piece) < mostApart) return
    this.#parts.push(this.#latest.join(''))
    this.#latest = []
  }

  joined(): string {
    return [...this.#parts, ...this.#latest].join('')
  }
}
