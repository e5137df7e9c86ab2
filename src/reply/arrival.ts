// Events that arrived together. They are taken one by one, and the rest can be inspected ahead of time.
import { isRefusal, type Iteration } from '../journal/index.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import type { SourceEvent } from '../source/message-source.ts'
import { normalised } from './normalise-event.ts'

/** What the events not yet taken say about the text before them. */
export type Foreseen =
  | { readonly kind: 'refusal'; readonly delta: Extract<SourceEvent, { type: 'message.delta' }> }
  /** Another model takes over: the text so far is of the model that refused. */
  | { readonly kind: 'boundary' }
  /** The iterations of the API's own loop, which show whether a boundary is missing. */
  | { readonly kind: 'rounds'; readonly iterations: readonly Iteration[] }
  | null

/** The events that have arrived and are not taken yet. */
export interface Ahead {
  foresee(): Foreseen
  /** The events up to the end of the reply; `null` if the end has not arrived, or an event before it failed. */
  untilEnd(): readonly SourceEvent[] | null
}

export const nothingAhead: Ahead = { foresee: () => null, untilEnd: () => null }

/** The most events that are read ahead. A chunk has a few thousand at most; an app's iterator may be endless. */
const mostAhead = 100_000

/** The events of one chunk, in order. An unreadable one becomes a `failed` event in its place, so the events before it count. */
export class Arrival implements Ahead {
  readonly #source: Iterator<unknown>
  /** Events read; those from `#taken` on are not taken yet. `shift()` would cost the length of the list each time. */
  #ahead: SourceEvent[] = []
  #taken = 0
  #isOver = false

  /** @param item what a source yielded: an event, or an iterable of events */
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

  /** The events that are not taken yet, read ahead up to the limit. */
  #left(): readonly SourceEvent[] {
    while (this.#ahead.length < mostAhead && this.#read());
    return this.#ahead.slice(this.#taken)
  }

  /** Reads one more item. Returns whether more may follow; an iterator that throws has ended. */
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
    "The message source yielded an event that can't be read. Events must be plain JSON.",
    { cause, ...quoteOf(cause) },
  )

/** An event has a type; an iterable without a type holds several events. */
const isSeveral = (item: unknown): item is Iterable<unknown> =>
  typeof item === 'object' && item !== null && !('type' in item) && Symbol.iterator in item
