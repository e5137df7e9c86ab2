// How a source is read, whatever an app made it of.
import { TurnstateError } from '../errors.ts'

/** @throws TurnstateError `source-failed` for what can't be iterated */
export function readerOf(source: unknown): AsyncIterator<unknown> {
  if (isAsyncIterable(source)) return source[Symbol.asyncIterator]()
  if (isIterable(source)) return inTime(source)
  throw new TurnstateError(
    'source-failed',
    'The message source gave nothing that can be iterated: make it async function*.',
  )
}

/** Tells the source that no more is wanted. Nobody waits for its answer: it may never come. */
export function letGo(reader: AsyncIterator<unknown>): void {
  try {
    void Promise.resolve(reader.return?.()).catch(() => {})
  } catch {
    // It is over either way.
  }
}

async function* inTime(events: Iterable<unknown>): AsyncGenerator {
  yield* events
}

const isAsyncIterable = (source: unknown): source is AsyncIterable<unknown> =>
  typeof source === 'object' && source !== null && Symbol.asyncIterator in source

const isIterable = (source: unknown): source is Iterable<unknown> =>
  typeof source === 'object' && source !== null && Symbol.iterator in source
