import type { Delta } from '../../../machines/index.ts'
import type { TurnEvent } from './events.ts'

/** Arrays that grow large are copied as they do, and are slow to collect. */
const longestRun = 512

/** Consecutive deltas of one block, without an object for each: a long reply takes little more memory than its text. */
interface DeltaRun {
  readonly turnId: string
  readonly attempt: number
  readonly block: number
  readonly kind: Delta['kind']
  readonly firstSeq: number
  readonly texts: string[]
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
    this.#run = null
    this.#entries.push(event)
  }

  /** The event at the cursor, which moves on; `undefined` at the end. */
  next(cursor: Cursor): TurnEvent | undefined {
    for (; cursor.entry < this.#entries.length; cursor.entry++, cursor.delta = 0) {
      const entry = this.#entries[cursor.entry]
      if (!entry) continue
      if ('type' in entry) {
        cursor.entry++
        cursor.delta = 0
        return entry
      }
      if (cursor.delta < entry.texts.length) return deltaAt(entry, cursor.delta++)
      // More may be added to the last run.
      if (entry === this.#run) return undefined
    }
    return undefined
  }

  #pushDelta({ turnId, attempt, seq, block, kind, text }: Delta): void {
    if (this.#run?.block !== block || this.#run.kind !== kind || this.#run.texts.length >= longestRun) {
      this.#run = { turnId, attempt, block, kind, firstSeq: seq, texts: [] }
      this.#entries.push(this.#run)
    }
    this.#run.texts.push(text)
  }

  #forget(turnId: string, attempt: number): void {
    this.#run = null
    this.#entries.forEach((entry, index) => {
      if (!entry || ('type' in entry && entry.type !== 'unknown')) return
      if (entry.turnId === turnId && entry.attempt === attempt) this.#entries[index] = null
    })
  }
}

const deltaAt = ({ turnId, attempt, block, kind, firstSeq, texts }: DeltaRun, index: number): Delta => ({
  type: 'delta',
  turnId,
  attempt,
  seq: firstSeq + index,
  block,
  kind,
  text: texts[index] ?? '',
})
