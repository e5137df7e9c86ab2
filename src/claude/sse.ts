import { createParser } from 'eventsource-parser'
import { TurnstateError } from '../errors.ts'
import type { SourceEvent } from '../source/message-source.ts'
import { connectionFailure } from './api-failures.ts'
import type { ByteReader } from './byte-reader.ts'
import { pingEnd, QuickDeltas } from './quick-deltas.ts'

/** The most characters of an event or a line. A longer one could not be sent back (the API's limit for a request: 32 MB). */
export const longestEvent = 32 * 1024 * 1024

export const lineTooLong = (): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    `The stream has an event of more than ${longestEvent} characters. Try again; if it happens again, check the proxies between here and the API.`,
  )

type Read = IteratorResult<readonly SourceEvent[]>

const given = (value: readonly SourceEvent[]): Read => ({ done: false, value })
/** The end of an iteration. */
export const over = { done: true, value: undefined } as const

/**
 * Reads a body of server-sent events as its bytes arrive. The SDK's own iterator hides pings, truncation and aborts, and costs twice as
 * much per event. An event without its final blank line counts if its data is complete: a refusal may be the last thing that arrives.
 */
export class ServerSentEvents implements AsyncIterator<readonly SourceEvent[]> {
  readonly #reader: ByteReader
  readonly #decoder = new TextDecoder()
  readonly #parser
  readonly #read: (data: string) => readonly SourceEvent[]
  readonly #deltas = new QuickDeltas()
  #arrived: SourceEvent[] = []
  /** Whether the last chunk had no other characters, so that the next one most likely has none either. */
  #isAscii = false
  /** Whether the parser has everything up to the end of an event. */
  #isBetween = true
  #endsWithReturn = false
  /** Why nothing is read any more. What arrived before is given first. */
  #end: 'not yet' | 'over' | { readonly error: unknown } = 'not yet'

  /** @param read what the `data` field of an event says. It does not throw */
  constructor(reader: ByteReader, read: (data: string) => readonly SourceEvent[]) {
    this.#reader = reader
    this.#read = read
    this.#parser = createParser({
      onEvent: ({ data }) => this.#add(data),
      onError: ({ type }) => {
        if (type === 'max-buffer-size-exceeded') this.#end = { error: lineTooLong() }
      },
      maxBufferSize: longestEvent,
    })
  }

  /**
   * The events of the next chunk, empty for a chunk that completed no event. What arrived before a failure is given first.
   *
   * @throws TurnstateError `stream-malformed` for an event that is too long, `connection-lost` for a body that can't be read to its end
   */
  next(): Promise<Read> {
    const end = this.#end
    if (end === 'not yet') return this.#reader.read().then(this.#took, this.#lost)
    return end === 'over' ? Promise.resolve(over) : Promise.reject(end.error)
  }

  /** For a caller that does not want the rest. Does nothing to a body that has ended. */
  return(): Promise<Read> {
    this.#reader.cancel().catch(() => {})
    return Promise.resolve(over)
  }

  // Not async functions: each promise in between would cost every chunk a turn of the microtask queue.
  readonly #took = ({ done, value }: ReadableStreamReadResult<Uint8Array>): Read =>
    done ? this.#ended('over') : given(this.#feed(value))

  readonly #lost = (error: unknown): Read =>
    this.#ended({ error: TurnstateError.is(error) ? error : connectionFailure(error, 'connection-lost') })

  #feed(bytes: Uint8Array): readonly SourceEvent[] {
    const text = this.#decoded(bytes)
    if (text !== '') this.#endsWithReturn = text.endsWith('\r')
    this.#deltas.begin(text)
    for (let at = 0; at < text.length && this.#end === 'not yet';) at = this.#readFrom(text, at)
    return this.#taken()
  }

  #decoded(bytes: Uint8Array): string {
    const endsWithAscii = (bytes.at(-1) ?? 0x80) < 0x80
    const text =
      this.#isAscii && endsWithAscii ? wholeDecoder.decode(bytes) : this.#decoder.decode(bytes, { stream: true })
    this.#isAscii = endsWithAscii && text.length === bytes.length
    return text
  }

  /** Reads an event, or what there is of one. Returns where the next one begins. */
  #readFrom(text: string, from: number): number {
    const delta = this.#isBetween ? this.#deltas.read(from) : null
    if (delta) {
      this.#arrived.push(delta)
      return this.#deltas.end
    }
    const ping = this.#isBetween ? pingEnd(text, from) : -1
    if (ping >= 0) {
      this.#arrived.push({ type: 'ping' })
      return ping
    }
    const blank = text.indexOf('\n\n', from)
    const end = blank < 0 ? text.length : blank + 2
    this.#parser.feed(text.slice(from, end))
    this.#isBetween = blank >= 0
    return end
  }

  /** What is left at the end. @throws what the body ended with, if nothing is left */
  #ended(end: 'over' | { readonly error: unknown }): Read {
    // The parser holds back a final CR, because it may be half of a line end.
    if (this.#endsWithReturn) this.#parser.feed('\n')
    // From now on an event may be cut.
    this.#end = end
    this.#parser.feed('\n\n')
    const last = this.#taken()
    if (last.length > 0) return given(last)
    if (end === 'over') return over
    throw end.error
  }

  #add(data: string): void {
    if (data !== '' && (this.#end === 'not yet' || isWhole(data))) this.#arrived.push(...this.#read(data))
  }

  #taken(): readonly SourceEvent[] {
    const taken = this.#arrived
    this.#arrived = []
    return taken
  }
}

/** Reads a text that is not split: in a sixth of the time where it is ASCII, but more slowly where it is not. */
const wholeDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

function isWhole(data: string): boolean {
  try {
    return typeof JSON.parse(data) === 'object'
  } catch {
    return false
  }
}
