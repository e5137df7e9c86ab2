// When gathered deltas are sent. All viewers with frames of one length share a timer: each of their own would wake the process once more.
import { Alarm, systemClock } from '../../clock.ts'

/** Who gathers deltas. */
interface Gathering {
  /** The frame is over. */
  frameOver(): void
}

/** The frames of one length. The first one to join begins a frame, and those who join meanwhile wait for its end too. */
class Frames {
  readonly #milliseconds: number
  #waiting: Gathering[] = []
  readonly #alarm = new Alarm(systemClock, () => this.#over())

  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  join(gathering: Gathering): void {
    if (this.#waiting.push(gathering) === 1) this.#alarm.set(this.#milliseconds)
  }

  #over(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const gathering of waiting) gathering.frameOver()
  }
}

const all = new Map<number, Frames>()

/** The frames of so many milliseconds: few lengths are in use, each a whole number up to 1,000. */
export function framesOf(milliseconds: number): Frames {
  const known = all.get(milliseconds)
  if (known) return known
  const frames = new Frames(milliseconds)
  all.set(milliseconds, frames)
  return frames
}
