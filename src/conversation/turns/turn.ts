import type { TurnEvent, TurnOutcome } from './events.ts'
import { TurnLog } from './turn-log.ts'

/**
 * The handle of one message. Await it for the outcome, iterate it for the events, or both, as often and as late as you like:
 * nothing is lost, and it never rejects. It follows its input: a turn that is asked in its place belongs to the same handle.
 */
export interface Turn extends PromiseLike<TurnOutcome>, AsyncIterable<TurnEvent> {
  /** Id of the turn that the message opened. */
  readonly id: string
  /** The outcome, once there is one. */
  readonly outcome: Promise<TurnOutcome>
}

/** A turn as its conversation writes to it. */
export class TurnHandle implements Turn {
  readonly id: string
  readonly outcome: Promise<TurnOutcome>
  readonly #log = new TurnLog()
  readonly #waiting = new Set<() => void>()
  #settled: TurnOutcome | null = null
  #resolve: (outcome: TurnOutcome) => void = () => {}

  constructor(id: string) {
    this.id = id
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  push(event: TurnEvent): void {
    this.#log.push(event)
    if (this.#waiting.size > 0) this.#wake()
  }

  /** Adds the last event, and resolves. */
  settle(last: TurnEvent, outcome: TurnOutcome): void {
    if (this.#settled) return
    this.#log.push(last)
    this.#settled = outcome
    this.#resolve(outcome)
    this.#wake()
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a turn is awaited by design
  then<A = TurnOutcome, B = never>(
    onFulfilled?: ((outcome: TurnOutcome) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.outcome.then(onFulfilled, onRejected)
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TurnEvent, void, undefined> {
    const cursor = { entry: 0, delta: 0 }
    for (;;) {
      for (let event = this.#log.next(cursor); event; event = this.#log.next(cursor)) yield event
      if (this.#settled) return
      await this.#next()
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
