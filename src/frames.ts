// When what has gathered for a while is passed on. All frames of one length share a timer: with one for each of a thousand replies in
// progress, the process would be woken a thousand times.
import { Alarm, type Clock, systemClock } from './clock.ts'

/** Who gathers something. */
export interface Gathering {
  /** The frame is over. */
  frameOver(): void
}

/** The frames of one length. The first one to join begins a frame, and those who join meanwhile wait for its end too. */
class Frames {
  readonly #milliseconds: number
  #waiting: Gathering[] = []
  readonly #alarm: Alarm

  constructor(clock: Clock, milliseconds: number) {
    this.#milliseconds = milliseconds
    this.#alarm = new Alarm(clock, () => this.#over())
  }

  join(gathering: Gathering): void {
    if (this.#waiting.push(gathering) === 1) this.#alarm.set(this.#milliseconds)
  }

  #over(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const gathering of waiting) {
      try {
        gathering.frameOver()
      } catch (error) {
        // As uncaught as in a timer of its own, and the others have their frame.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}

const all = new WeakMap<Clock, Map<number, Frames>>()

/** The frames of so many milliseconds, on wall time unless another clock is given. Few lengths are in use. */
export function framesOf(milliseconds: number, clock: Clock = systemClock): Frames {
  let ofClock = all.get(clock)
  if (!ofClock) all.set(clock, (ofClock = new Map()))
  let frames = ofClock.get(milliseconds)
  if (!frames) ofClock.set(milliseconds, (frames = new Frames(clock, milliseconds)))
  return frames
}
