// Plays transitions slowly enough to be seen: each state is shown for a moment, in order. The more transitions wait, the shorter
// that is; of a flood only the last 40 are played.
import { isStep } from './turn-path.ts'
import type { InspectionRecord, TransitionRecord } from '../../observe/records.ts'

/** Milliseconds that a state is shown, and that all waiting ones may take together. */
const dwell = 160
const longest = 2_000

/** Whether a record is the conversation's transition to a state. */
export const isStepTo = (record: InspectionRecord, state: string): record is TransitionRecord =>
  isStep(record) && record.to === state

export class Playback {
  state: string
  /** The transition that led here. */
  last: TransitionRecord | null
  readonly #queue: TransitionRecord[] = []
  readonly #changed: () => void
  #isPlaying = false
  /** The present state of the conversation, even if the transitions to it were lost. */
  #arrived: string

  constructor(state: string, last: TransitionRecord | null, changed: () => void) {
    this.state = state
    this.#arrived = state
    this.last = last
    this.#changed = changed
  }

  get isPlaying(): boolean {
    return this.#isPlaying
  }

  add(record: InspectionRecord): void {
    if (!isStep(record)) return
    this.#queue.push(record)
    const excess = this.#queue.length - 40
    if (excess > 0) this.#queue.splice(0, excess)
    if (!this.#isPlaying) this.#next()
  }

  /** Sets the state that is reached when all transitions were played. */
  arrive(state: string): void {
    this.#arrived = state
    if (!this.#isPlaying) this.#next()
  }

  #next(): void {
    const record = this.#queue.shift()
    this.#isPlaying = record !== undefined
    if (record) {
      this.state = record.to
      this.last = record
      setTimeout(() => this.#next(), Math.min(dwell, longest / (this.#queue.length + 1)))
    } else if (this.state !== this.#arrived) {
      this.state = this.#arrived
      this.last = null
    }
    this.#changed()
  }
}
