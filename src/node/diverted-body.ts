// Stands between a connection and `fetch`, and hands the body of one response to whoever asks for it first:
//   D1  Until somebody asks, about `mostHeld` bytes of it are held, and the connection waits.
//   D2  If `fetch` asks, because its web stream is read, everything passes through, as if this were not here.
//   D3  If the body is taken, its chunks never reach `fetch`. All else does: so `fetch` says how the body failed, and aborts it.
//   D4  What is taken is given in order, and whole: what arrived before a failure comes before the failure.
import type { Dispatcher } from 'undici'
import type { ByteReader } from '../claude/byte-reader.ts'

type Connection = Dispatcher.DispatchController
type Handler = Dispatcher.DispatchHandler
type Received<Method extends keyof Handler> = Parameters<NonNullable<Handler[Method]>>
type Chunk = ReadableStreamReadResult<Uint8Array>

/** Bytes that are held before the connection waits: as many as a socket is read for at once. */
const mostHeld = 64 * 1024

const doNothing = (): void => {}

/** The handler of one request, around the one that `fetch` has made. */
export class DivertedBody implements Handler {
  readonly #fetch: Handler
  /** The connection, once there is one. */
  #connection: Connection | null = null
  /** The connection, as `fetch` is shown it. */
  #shown: Connection | null = null
  #askedBy: 'nobody' | 'fetch' | 'a reader' = 'nobody'
  #held: Buffer[] = []
  #bytes = 0
  #end: 'not yet' | 'over' | { readonly error: unknown } = 'not yet'
  /** Tells `fetch` of the end, which it must not learn of before it has what is held. */
  #tellEnd = doNothing
  /** Wakes the reader, which waits for a chunk. */
  #wake = doNothing

  constructor(fetch: Handler) {
    this.#fetch = fetch
  }

  onRequestStart(...[connection, context]: Received<'onRequestStart'>): void {
    this.#connection = connection
    this.#shown = new ShownConnection(connection, () => this.#giveFetch())
    this.#fetch.onRequestStart?.(this.#shown, context)
  }

  onRequestUpgrade(...[connection, ...upgrade]: Received<'onRequestUpgrade'>): void {
    this.#fetch.onRequestUpgrade?.(this.#shown ?? connection, ...upgrade)
  }

  onResponseStart(...[connection, status, headers, words]: Received<'onResponseStart'>): void {
    this.#fetch.onResponseStart?.(this.#shown ?? connection, status, headers, words)
    // `fetch` decompresses it.
    if (headers['content-encoding'] !== undefined) this.passOn()
  }

  onResponseData(connection: Connection, chunk: Buffer): void {
    if (this.#askedBy === 'fetch') return this.#fetch.onResponseData?.(this.#shown ?? connection, chunk)
    this.#held.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes >= mostHeld) connection.pause()
    this.#wake()
  }

  onResponseEnd(...[connection, trailers]: Received<'onResponseEnd'>): void {
    this.#end = 'over'
    this.#tellEnd = () => this.#fetch.onResponseEnd?.(this.#shown ?? connection, trailers)
    if (this.#askedBy !== 'nobody' || this.#held.length === 0) this.#sayEnd()
    this.#wake()
  }

  onResponseError(...[connection, error]: Received<'onResponseError'>): void {
    this.#fetch.onResponseError?.(this.#shown ?? connection, error)
  }

  /** Lets `fetch` have the body. Does nothing if somebody has asked for it already. */
  passOn(): void {
    const shown = this.#shown
    if (this.#askedBy !== 'nobody' || !shown) return
    this.#askedBy = 'fetch'
    for (const chunk of this.#emptied()) this.#fetch.onResponseData?.(shown, chunk)
    this.#goOn()
    this.#sayEnd()
  }

  #giveFetch(): void {
    this.passOn()
    if (this.#askedBy === 'fetch') this.#connection?.resume()
  }

  /** Takes the body, given the stream that `fetch` made of it and that nobody has locked; `null` if `fetch` was asked for it. */
  take(stream: ReadableStream<Uint8Array>): ByteReader | null {
    if (this.#askedBy !== 'nobody') return null
    this.#askedBy = 'a reader'
    const reader = stream.getReader()
    // No chunk comes of this. It marks the body as used, and fails as reading the body would.
    reader.read().catch((error: unknown) => {
      this.#end = { error }
      this.#wake()
    })
    this.#sayEnd()
    // `fetch` learns of the end a little later than the reader: cancelling until then would abort a request that is over.
    const cancel = async (reason?: unknown) => (this.#end === 'over' ? undefined : reader.cancel(reason))
    return { read: () => this.#read(), cancel }
  }

  async #read(): Promise<Chunk> {
    if (this.#held.length === 0 && this.#end === 'not yet') await this.#arrival()
    const [first, second] = this.#held
    if (first) {
      const chunks = this.#emptied()
      this.#goOn()
      return { done: false, value: second ? Buffer.concat(chunks) : first }
    }
    if (typeof this.#end === 'object') throw this.#end.error
    return { done: true, value: undefined }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #emptied(): readonly Buffer[] {
    const held = this.#held
    this.#held = []
    this.#bytes = 0
    return held
  }

  #goOn(): void {
    if (this.#end === 'not yet' && this.#connection?.paused === true) this.#connection.resume()
  }

  #sayEnd(): void {
    this.#tellEnd()
    this.#tellEnd = doNothing
  }
}

/** What `fetch` controls a connection with. It resumes one only to read the body. */
class ShownConnection implements Connection {
  readonly #connection: Connection
  readonly #read: () => void

  /** @param read reads the body for `fetch` */
  constructor(connection: Connection, read: () => void) {
    this.#connection = connection
    this.#read = read
  }

  get aborted(): boolean {
    return this.#connection.aborted
  }

  get paused(): boolean {
    return this.#connection.paused
  }

  get reason(): Error | null {
    return this.#connection.reason
  }

  get rawHeaders(): NonNullable<Connection['rawHeaders']> | null {
    return this.#connection.rawHeaders ?? null
  }

  get rawTrailers(): NonNullable<Connection['rawTrailers']> | null {
    return this.#connection.rawTrailers ?? null
  }

  abort(reason: Error): void {
    this.#connection.abort(reason)
  }

  pause(): void {
    this.#connection.pause()
  }

  resume(): void {
    this.#read()
  }
}
