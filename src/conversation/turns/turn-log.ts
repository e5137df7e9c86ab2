import type { Delta } from '../../../machines/index.ts'
import type { TurnEvent } from './events.ts'

/** Arrays that grow large are copied as they do, and are slow to collect. So are many small strings. */
const longestRun = 512

/** Consecutive deltas of one block, without an object for each: a long reply takes little more memory than its text. */
class DeltaRun {
  readonly #first: Delta
  /** The texts while more may follow; then they are one, with the places where they end. */
  #texts: string[] = []
  #text = ''
  #ends: Uint32Array | null = null

  constructor(first: Delta) {
    this.#first = first
  }

  get length(): number {
    return this.#ends?.length ?? this.#texts.length
  }

  isOf(turnId: string, attempt: number): boolean {
    return this.#first.turnId === turnId && this.#first.attempt === attempt
  }

  takes({ block, kind }: Delta): boolean {
    return this.#first.block === block && this.#first.kind === kind && this.#texts.length < longestRun
  }

  add(text: string): void {
    this.#texts.push(text)
  }

  /** Nothing more is added. */
  end(): void {
    const texts = this.#texts
    const ends = new Uint32Array(texts.length)
    let end = 0
    // A callback for each text would cost more than the rest.
    for (let index = 0; index < ends.length; index++) ends[index] = end += texts[index]?.length ?? 0
    this.#ends = ends
    this.#text = texts.join('')
    this.#texts = []
  }

  at(index: number): Delta {
    const ends = this.#ends
    const text = ends ? this.#text.slice(ends[index - 1] ?? 0, ends[index]) : (this.#texts[index] ?? '')
    return { ...this.#first, seq: this.#first.seq + index, text }
  }
}

/** A place in a log: the entry, and the delta within it. */
export interface Cursor {
  entry: number
  delta: number
}

/** The events of a turn, for iterators that start late. Deltas of a retracted attempt are dropped. */
export class TurnLog {
  readonly #entries: (TurnEvent | DeltaRun | null)[] = []
  #run: DeltaRun | null = null

  push(event: TurnEvent): void {
    if (event.type === 'delta') return this.#pushDelta(event)
    if (event.type === 'retracted') this.#forget(event.turnId, event.attempt)
    this.#endRun()
    this.#entries.push(event)
  }

  /** The event at the cursor, which moves on; `undefined` at the end. */
  next(cursor: Cursor): TurnEvent | undefined {
    for (; cursor.entry < this.#entries.length; cursor.entry++, cursor.delta = 0) {
      const entry = this.#entries[cursor.entry]
      if (!entry) continue
      if (!(entry instanceof DeltaRun)) {
        cursor.entry++
        cursor.delta = 0
        return entry
      }
      if (cursor.delta < entry.length) return entry.at(cursor.delta++)
      // More may be added to the last run.
      if (entry === this.#run) return undefined
    }
    return undefined
  }

  #pushDelta(delta: Delta): void {
    if (!this.#run?.takes(delta)) {
      this.#endRun()
      this.#run = new DeltaRun(delta)
      this.#entries.push(this.#run)
    }
    this.#run.add(delta.text)
  }

  #endRun(): void {
    this.#run?.end()
    this.#run = null
  }

  #forget(turnId: string, attempt: number): void {
    this.#run = null
    this.#entries.forEach((entry, index) => {
      if (!entry) return
      const isForgotten =
        entry instanceof DeltaRun
          ? entry.isOf(turnId, attempt)
          : entry.type === 'unknown' && entry.turnId === turnId && entry.attempt === attempt
      if (isForgotten) this.#entries[index] = null
    })
  }
}
