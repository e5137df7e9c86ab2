// How the bytes of a response are read: as a web stream, or in the cheaper way that the response offers.

/** What reads a body, chunk by chunk: the reader of a web stream, or an object that does the same. */
export type ByteReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/**
 * The name of a method that a response may have. It takes the body as `body.getReader()` does, and returns a reader that costs less, or
 * `null` where `body` has to be read. `leanFetch()` gives its responses this method, and `claude()` uses it.
 */
export const byteReader: unique symbol = Symbol.for('turnstate.byteReader')

/** A response that has the method. */
export interface HasByteReader {
  [byteReader](): ByteReader | null
}

/** Takes a response's body, which is not locked. */
export const readerOf = (response: Response & Partial<HasByteReader>, body: ReadableStream<Uint8Array>): ByteReader =>
  response[byteReader]?.() ?? body.getReader()
