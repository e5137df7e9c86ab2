// Events that arrived together. They are taken one by one, and can be looked through before they are.
import { isRefusal, type Iteration } from '../journal/index.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import type { SourceEvent } from '../source/message-source.ts'
import { normalised } from './normalise-event.ts'

/** What the rest of a chunk says about the text before it. */
export type Foreseen =
  | { readonly kind: 'refusal'; readonly delta: Extract<SourceEvent, { type: 'message.delta' }> }
  /** Another model takes over: what came so far is the refusing model's. */
  | { readonly kind: 'boundary' }
  /** The rounds of the API's own loop: they tell whether a boundary is missing. */
  | { readonly kind: 'rounds'; readonly iterations: readonly Iteration[] }
  | null

/** What has arrived and was not taken yet. */
export interface Ahead {
  foresee(): Foreseen
  /** The events up to the end of the reply, if that is among them and nothing before it fails; `null` otherwise. */
  untilEnd(): readonly SourceEvent[] | null
}

export const nothingAhead: Ahead = { foresee: () => null, untilEnd: () => null }

/** Events that are looked through before they are taken. What arrives together has some thousand; an iterator may have no end. */
const mostAhead = 100_000

/** The events of one chunk, in their order. One that can't be read fails the reply when its turn comes, and not before. */
export class Arrival implements Ahead {
  readonly #source: Iterator<unknown>
  /** What was read and not taken: from `#taken` on. Shifting a long list would cost its length each time. */
  #ahead: SourceEvent[] = []
  #taken = 0
  #isOver = false

  /** @param item what a source yielded: an event, or several */
  constructor(item: unknown) {
    this.#source = (isSeveral(item) ? item : [item])[Symbol.iterator]()
  }

  /** The next event; `undefined` at the end. */
  next(): SourceEvent | undefined {
    while (this.#taken === this.#ahead.length) {
      this.#ahead = []
      this.#taken = 0
      if (!this.#read() && this.#ahead.length === 0) return undefined
    }
    return this.#ahead[this.#taken++]
  }

  foresee(): Foreseen {
    const left = this.#left()
    for (const event of left)
      if (event.type === 'message.delta' && isRefusal(event.stopReason)) return { kind: 'refusal', delta: event }
    if (left.some((event) => event.type === 'block.started' && event.block.type === 'fallback'))
      return { kind: 'boundary' }
    const iterations = left.flatMap((event) => (event.type === 'message.delta' ? (event.iterations ?? []) : []))
    return iterations.length > 0 ? { kind: 'rounds', iterations } : null
  }

  untilEnd(): readonly SourceEvent[] | null {
    const left = this.#left()
    const end = left.findIndex(({ type }) => type === 'message.stopped' || type === 'failed')
    return left[end]?.type === 'message.stopped' ? left.slice(0, end) : null
  }

  /** Reads what was not taken yet, without taking it. */
  #left(): readonly SourceEvent[] {
    while (this.#ahead.length < mostAhead && this.#read());
    return this.#ahead.slice(this.#taken)
  }

  /** Reads one more, and says whether there may be others. An iterator that throws is at its end. */
  #read(): boolean {
    if (this.#isOver) return false
    try {
      const { done, value } = this.#source.next()
      this.#isOver = done === true
      if (!this.#isOver) this.#ahead.push(...normalisedOrFailed(value))
    } catch (error) {
      this.#isOver = true
      this.#ahead.push({ type: 'failed', error })
    }
    return !this.#isOver
  }
}

function normalisedOrFailed(raw: unknown): readonly SourceEvent[] {
  try {
    return normalised(raw)
  } catch (error) {
    return [{ type: 'failed', error: unreadable(error) }]
  }
}

const unreadable = (cause: unknown): TurnstateError =>
  new TurnstateError(
    'source-failed',
    "The message source yielded an event that can't be read. Events have to be plain JSON.",
    { cause, ...quoteOf(cause) },
  )

/** An event has a type; several are anything else that can be iterated. */
const isSeveral = (item: unknown): item is Iterable<unknown> =>
  typeof item === 'object' && item !== null && !('type' in item) && Symbol.iterator in item
