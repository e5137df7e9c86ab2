// Reads a message source, which an app may have implemented in any way.
import { TurnstateError } from '../errors.ts'

/** An iterator over what a source returned. @throws TurnstateError `source-failed` for a value that can't be iterated */
export function readerOf(source: unknown): AsyncIterator<unknown> {
  if (isAsyncIterable(source)) return source[Symbol.asyncIterator]()
  if (isIterable(source)) return toAsync(source)
  throw new TurnstateError(
    'source-failed',
    'The message source returned a value that is not iterable. Make it an async generator function (async function*).',
  )
}

/** Closes the iterator without waiting for the result, which may never come. */
export function letGo(reader: AsyncIterator<unknown>): void {
  try {
    void Promise.resolve(reader.return?.()).catch(() => {})
  } catch {
    // The attempt is over, so the error does not matter.
  }
}

async function* toAsync(events: Iterable<unknown>): AsyncGenerator {
  yield* events
}

const isAsyncIterable = (source: unknown): source is AsyncIterable<unknown> =>
  typeof source === 'object' && source !== null && Symbol.asyncIterator in source

const isIterable = (source: unknown): source is Iterable<unknown> =>
  typeof source === 'object' && source !== null && Symbol.iterator in source
