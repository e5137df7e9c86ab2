// What happens in a millisecond is played so that it can be seen: each state is shown for a moment, in its order. The more
// waits, the shorter; a flood is shown as it is by now.
import type { InspectionRecord, TransitionRecord } from '../../observe/records.ts'

/** Milliseconds that a state is shown, and that a whole queue of them may take. */
const dwell = 160
const longest = 2_000

/** Whether it is the step by which a conversation came to a state. */
export const isStepTo = (record: InspectionRecord, state: string): record is TransitionRecord =>
  isStep(record) && record.to === state

const isStep = (record: InspectionRecord): record is TransitionRecord =>
  record.type === 'transition' && record.actor === 'conversation' && record.from !== record.to

export class Playback {
  state: string
  /** The transition that led here. */
  last: TransitionRecord | null
  readonly #queue: TransitionRecord[] = []
  readonly #changed: () => void
  #isPlaying = false
  /** Where the conversation is by now, even if the steps to there were lost. */
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

  /** Where the conversation is once everything that was added is played. */
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
