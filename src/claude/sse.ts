import { createParser } from 'eventsource-parser'
import { TurnstateError } from '../errors.ts'
import type { SourceEvent } from '../source/message-source.ts'
import { QuickDeltas } from './quick-deltas.ts'

/** The most characters of an event or a line. A longer one could not be sent back (the API's limit for a request: 32 MB). */
export const longestEvent = 32 * 1024 * 1024

export const lineTooLong = (): TurnstateError =>
  new TurnstateError(
    'stream-malformed',
    `The stream has an event of more than ${longestEvent} characters. Try again; if it happens again, check the proxies between here and the API.`,
  )

/**
 * Reads a body of server-sent events as its bytes arrive. The SDK's own iterator hides pings, truncation and aborts, and costs twice as
 * much per event. An event without its final blank line counts if its data is complete: a refusal may be the last thing that arrives.
 */
export class ServerSentEvents {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder = new TextDecoder()
  readonly #parser
  readonly #read: (data: string) => readonly SourceEvent[]
  readonly #deltas = new QuickDeltas()
  #arrived: SourceEvent[] = []
  /** Whether the parser has everything up to the end of an event. */
  #isBetween = true
  #isTooLong = false
  /** Whether the body has ended, so that an event may be cut. */
  #isCut = false
  #endsWithReturn = false
  /** Why nothing is read any more. What arrived before is given first. */
  #end: 'not yet' | 'over' | { readonly error: unknown } = 'not yet'

  /** @param read what the `data` field of an event says. It does not throw */
  constructor(body: ReadableStream<Uint8Array>, read: (data: string) => readonly SourceEvent[]) {
    this.#reader = body.getReader()
    this.#read = read
    this.#parser = createParser({
      onEvent: ({ data }) => this.#add(data),
      onError: ({ type }) => void (this.#isTooLong ||= type === 'max-buffer-size-exceeded'),
      maxBufferSize: longestEvent,
    })
  }

  /**
   * The events of the next chunk, empty for a chunk that completed no event; `null` at the end.
   *
   * @throws TurnstateError `stream-malformed` for an event that is too long, and what reading the body throws: after the events before it
   * were given
   */
  async read(): Promise<readonly SourceEvent[] | null> {
    if (this.#end === 'not yet') {
      const next = await this.#reader.read().catch(lost)
      const given = 'error' in next || next.done ? this.#last(next) : this.#feed(next.value)
      if (given) return given
    }
    if (this.#end !== 'over' && this.#end !== 'not yet') throw this.#end.error
    return null
  }

  /** For a caller that does not want the rest. Does nothing to a body that has ended. */
  cancel(): void {
    this.#reader.cancel().catch(() => {})
  }

  #feed(bytes: Uint8Array): readonly SourceEvent[] {
    const text = this.#decoder.decode(bytes, { stream: true })
    if (text !== '') this.#endsWithReturn = text.endsWith('\r')
    this.#deltas.begin(text)
    for (let at = 0; at < text.length && !this.#isTooLong;) at = this.#readFrom(text, at)
    if (this.#isTooLong) this.#end = { error: lineTooLong() }
    return this.#taken()
  }

  /** Reads an event, or what there is of one. Returns where the next one begins. */
  #readFrom(text: string, from: number): number {
    const delta = this.#isBetween ? this.#deltas.read(from) : null
    if (delta) {
      this.#arrived.push(delta)
      return this.#deltas.end
    }
    const blank = text.indexOf('\n\n', from)
    const end = blank < 0 ? text.length : blank + 2
    this.#parser.feed(text.slice(from, end))
    this.#isBetween = blank >= 0
    return end
  }

  /** What is left at the end; `null` for nothing. */
  #last(end: { readonly error: unknown } | { readonly done: true }): readonly SourceEvent[] | null {
    this.#end = 'error' in end ? end : 'over'
    // The parser holds back a final CR, because it may be half of a line end.
    if (this.#endsWithReturn) this.#parser.feed('\n')
    this.#isCut = true
    this.#parser.feed('\n\n')
    const last = this.#taken()
    return last.length > 0 ? last : null
  }

  #add(data: string): void {
    if (data !== '' && (!this.#isCut || isWhole(data))) this.#arrived.push(...this.#read(data))
  }

  #taken(): readonly SourceEvent[] {
    const taken = this.#arrived
    this.#arrived = []
    return taken
  }
}

const lost = (error: unknown) => ({ error })

function isWhole(data: string): boolean {
  try {
    return typeof JSON.parse(data) === 'object'
  } catch {
    return false
  }
}
