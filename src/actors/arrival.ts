// Events that arrived together. They are taken one by one, and can be looked through before they are.
import type { Iteration } from '../journal/index.ts'
import type { SourceEvent } from './message-source.ts'

/** What the rest of an arrival says of the text before it. */
export type Foreseen =
  | { readonly kind: 'refusal'; readonly delta: Extract<SourceEvent, { type: 'message.delta' }> }
  /** Another model takes over: what came so far is the refusing model's. */
  | { readonly kind: 'boundary' }
  /** The rounds of the API's own loop: they tell whether a boundary is missing. */
  | { readonly kind: 'rounds'; readonly iterations: readonly Iteration[] }
  | null

/** The events of one chunk, in their order. One that can't be read fails the reply when its turn comes, and not before. */
export class Arrival {
  readonly #source: Iterator<SourceEvent>
  readonly #ahead: SourceEvent[] = []
  #isOver = false

  constructor(events: Iterable<SourceEvent>) {
    this.#source = events[Symbol.iterator]()
  }

  /** The next event; `undefined` at the end. */
  next(): SourceEvent | undefined {
    return this.#ahead.shift() ?? this.#read()
  }

  /** Looks through everything that was not taken yet, without taking it. */
  foresee(): Foreseen {
    for (let event = this.#read(); event !== undefined; event = this.#read()) this.#ahead.push(event)
    for (const event of this.#ahead)
      if (event.type === 'message.delta' && event.stopReason === 'refusal') return { kind: 'refusal', delta: event }
    if (this.#ahead.some((event) => event.type === 'block.started' && event.block.type === 'fallback'))
      return { kind: 'boundary' }
    const iterations = this.#ahead.flatMap((event) => (event.type === 'message.delta' ? (event.iterations ?? []) : []))
    return iterations.length > 0 ? { kind: 'rounds', iterations } : null
  }

  /** An iterator that throws is at its end. */
  #read(): SourceEvent | undefined {
    if (this.#isOver) return undefined
    try {
      const { done, value } = this.#source.next()
      this.#isOver = done === true
      return done ? undefined : value
    } catch (error) {
      this.#isOver = true
      return { type: 'failed', error }
    }
  }
}
