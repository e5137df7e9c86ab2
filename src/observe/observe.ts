// Turns what XState tells an inspector, and what a conversation tells besides, into records.
import { TurnstateError } from '../errors.ts'
import type { Fact } from '../journal/index.ts'
import { RecordBuffer } from './record-buffer.ts'
import { Recorder } from './recorder.ts'
import type { InspectionRecord } from './records.ts'
import { type Observable, type Watched, watchedOf } from './watched.ts'
import { watchResult } from '../watch-result.ts'

/** The options of `observe()`. */
export interface ObserveOptions {
  /** Records carry what people and models said. Default false. */
  readonly includeText?: boolean
  /** Records that are kept; the oldest go first. Default 1,000. */
  readonly limit?: number
}

/** A conversation that is watched. */
export interface Observation {
  /** The newest records, in order, up to `limit`. */
  readonly records: readonly InspectionRecord[]
  /** Records that are not kept any more. */
  readonly dropped: number
  /** Every fact of the journal so far, redacted as the records are. */
  readonly facts: readonly Fact[]
  /** Told of every record from now on, as it comes. A listener that throws is told no more. Returns how to end it. */
  subscribe(listener: (record: InspectionRecord) => void): () => void
  /** Ends it. What was recorded stays. */
  stop(): void
}

/**
 * Watches a conversation: what its actors are sent, how its state changes and why, what is recorded, what is requested.
 * Nothing is told for each delta. Until somebody observes, a conversation spends nothing on it.
 *
 * @throws TurnstateError `invalid-option`
 */
export function observe(conversation: Observable, options: ObserveOptions = {}): Observation {
  return observeWatched(watchedOf(conversation), options)
}

/**
 * The same for the inside of a conversation, which is there before the conversation is.
 *
 * @param first Told of every record, those of the beginning included.
 * @param onError Told once of what a listener threw; it is told no more.
 */
export function observeWatched(
  watched: Watched,
  options: ObserveOptions = {},
  first?: Listener,
  onError: (cause: unknown) => void = () => {},
): Observation {
  const { includeText = false, limit = 1_000, ...others } = typeof options === 'object' ? options : { limit: 0 }
  if (typeof includeText !== 'boolean' || !Number.isInteger(limit) || limit < 1 || Object.keys(others).length > 0)
    throw new TurnstateError(
      'invalid-option',
      'observe() takes { includeText, limit }: true or false, and a whole number from 1. Listen with subscribe().',
    )
  const buffer = new RecordBuffer(limit)
  const listeners = new Set<Listener>(first ? [first] : [])
  /** Whoever looks must not disturb what is looked at. */
  const fail = (listener: Listener, cause: unknown) => {
    if (listeners.delete(listener)) onError(cause)
  }
  const tell = (record: InspectionRecord) => {
    buffer.add(record)
    for (const listener of listeners) {
      try {
        const result: unknown = listener(record)
        watchResult(result, (cause) => fail(listener, cause))
      } catch (cause) {
        fail(listener, cause)
      }
    }
  }
  const recorder = new Recorder(watched, includeText, tell, onError)
  recorder.start()
  return {
    get records() {
      return buffer.all()
    },
    get dropped() {
      return buffer.dropped
    },
    get facts() {
      return recorder.facts()
    },
    subscribe(listener) {
      if (typeof listener !== 'function') throw new TurnstateError('invalid-option', 'A listener is a function.')
      // Wrapped, so that a function that subscribes twice is told twice and leaves once.
      const entry = (record: InspectionRecord) => listener(record)
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    stop: () => recorder.stop(),
  }
}

type Listener = (record: InspectionRecord) => unknown
