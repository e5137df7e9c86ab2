// Records what a conversation does: from XState's inspection events, and from what the conversation reports besides them.
import { TurnstateError } from '../errors.ts'
import type { Fact } from '../journal/index.ts'
import { reportRejection } from '../report-rejection.ts'
import { type ConversationInternals, internalsOf, type ObservedConversation } from './internals.ts'
import { RecordBuffer } from './record-buffer.ts'
import { Recorder } from './recorder.ts'
import type { InspectionRecord, RecordListener } from './records.ts'

/** The options of `observe()`. */
export interface ObserveOptions {
  /** Include what people and models said. Default false: texts are redacted. */
  readonly includeText?: boolean
  /** How many records to keep; the oldest are dropped first. Default 1,000. */
  readonly limit?: number
}

/** The records of one conversation, from `observe()`. */
export interface Observation {
  /** The newest records in order, up to `limit`. */
  readonly records: readonly InspectionRecord[]
  /** How many records were dropped because of `limit`. */
  readonly dropped: number
  /** All facts of the journal so far, redacted like the records. */
  readonly facts: readonly Fact[]
  /** Calls a function with every further record. A listener that throws is removed. Returns a function that unsubscribes. */
  subscribe(listener: (record: InspectionRecord) => void): () => void
  /** Stops recording. `records` and `facts` remain. */
  stop(): void
}

/**
 * Observes a conversation: events that its actors receive, transitions and the guards that decided them, facts, requests.
 * Nothing is recorded per delta. A conversation that nobody observes spends nothing on it.
 *
 * @throws TurnstateError `invalid-option`
 */
export function observe(conversation: ObservedConversation, options: ObserveOptions = {}): Observation {
  return observeInternals(internalsOf(conversation), options)
}

/**
 * Like `observe()`, for observers that are attached before the conversation exists.
 *
 * @param first Called with every record, including those made by this call.
 * @param onError Called once with what a listener threw; that listener is removed.
 */
export function observeInternals(
  internals: ConversationInternals,
  options: ObserveOptions = {},
  first?: RecordListener,
  onError: (cause: unknown) => void = () => {},
): Observation {
  const { includeText = false, limit = 1_000, ...others } = typeof options === 'object' ? options : { limit: 0 }
  if (typeof includeText !== 'boolean' || !Number.isInteger(limit) || limit < 1 || Object.keys(others).length > 0)
    throw new TurnstateError(
      'invalid-option',
      'observe() takes { includeText, limit }: includeText is true or false, limit a whole number from 1. Listen with subscribe().',
    )
  const buffer = new RecordBuffer(limit)
  const listeners = new Set<RecordListener>(first ? [first] : [])
  /** Removes the listener: observing must not disturb the conversation. */
  const fail = (listener: RecordListener, cause: unknown) => {
    if (listeners.delete(listener)) onError(cause)
  }
  const emit = (record: InspectionRecord) => {
    buffer.add(record)
    for (const listener of listeners) {
      try {
        reportRejection(listener(record), (cause) => fail(listener, cause))
      } catch (cause) {
        fail(listener, cause)
      }
    }
  }
  const recorder = new Recorder(internals, includeText, emit, onError)
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
      if (typeof listener !== 'function') throw new TurnstateError('invalid-option', 'A listener must be a function.')
      // A new function each time, so that one listener can subscribe twice and unsubscribe once.
      const entry = (record: InspectionRecord) => listener(record)
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    stop: () => recorder.stop(),
  }
}
