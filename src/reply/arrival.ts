// Events that arrived together. They are taken one by one, and the rest can be inspected ahead of time.
import { isRefusal, type Iteration } from '../journal/index.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import { BlockDelta } from '../source/block-delta.ts'
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
  /** Events read ahead; those from `#taken` on are not taken yet. `shift()` would cost the length of the list each time. */
  #ahead: readonly SourceEvent[] = []
  #taken = 0
  #isOver = false

  /** @param item what a source yielded: an event, or an iterable of events */
  constructor(item: unknown) {
    this.#source = Array.isArray(item) ? new Items(item) : (isSeveral(item) ? item : [item])[Symbol.iterator]()
  }

  /** The next event; `undefined` at the end. */
  next(): SourceEvent | undefined {
    while (this.#taken === this.#ahead.length) {
      const read = this.#read()
      if (read === null) return undefined
      if (!isList(read)) return read
      this.#ahead = read
      this.#taken = 0
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
    const left = this.#ahead.slice(this.#taken)
    while (left.length < mostAhead) {
      const read = this.#read()
      if (read === null) break
      if (isList(read)) left.push(...read)
      else left.push(read)
    }
    this.#ahead = left
    this.#taken = 0
    return left
  }

  /** Reads one more item, which may be several events; `null` when there is none. An iterator that throws is not read again. */
  #read(): SourceEvent | readonly SourceEvent[] | null {
    if (this.#isOver) return null
    try {
      const { done, value } = this.#source.next()
      this.#isOver = done === true
      if (this.#isOver) return null
      return value instanceof BlockDelta ? value : normalisedOrFailed(value)
    } catch (error) {
      this.#isOver = true
      return { type: 'failed', error }
    }
  }
}

/** Iterates over an array without an object for each item. */
class Items implements Iterator<unknown> {
  readonly #items: readonly unknown[]
  #next = 0
  readonly #result: { done?: boolean; value: unknown } = { done: false, value: undefined }

  constructor(items: readonly unknown[]) {
    this.#items = items
  }

  next(): IteratorResult<unknown> {
    const result = this.#result
    result.done = this.#next >= this.#items.length
    result.value = this.#items[this.#next++]
    return result
  }
}

const isList = (read: SourceEvent | readonly SourceEvent[]): read is readonly SourceEvent[] => Array.isArray(read)

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
