import type { InspectionRecord } from './records.ts'

/** Keeps the newest records, up to a limit. The cost of adding one does not depend on their number. */
export class RecordBuffer {
  readonly #limit: number
  readonly #ring: InspectionRecord[] = []
  #next = 0
  #added = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get dropped(): number {
    return this.#added - this.#ring.length
  }

  add(record: InspectionRecord): void {
    this.#ring[this.#next] = record
    this.#next = (this.#next + 1) % this.#limit
    this.#added++
  }

  /** In order, the oldest first. */
  all(): readonly InspectionRecord[] {
    return this.dropped > 0 ? [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)] : [...this.#ring]
  }
}
