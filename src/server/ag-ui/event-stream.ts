// The body of an answer: server-sent events.
import { type Clock, systemClock, unref } from '../../clock.ts'
import type { AguiEvent } from './events.ts'

/** The most characters that wait for a reader before it is cut. */
const mostWaiting = 16_000_000

/** Milliseconds between two signs of life. */
const heartbeat = 15_000

/** The options of a stream. */
export interface EventStreamOptions {
  /** Milliseconds for which pieces of a text are gathered into one event. */
  readonly frame: number
  readonly clock?: Clock
  /** Called once: when the stream has ended, or when its reader has gone (`gone`) or was cut. */
  readonly onEnd: (how: 'ended' | 'gone') => void
}

/** Sends events to one reader. Pieces of the same text that come within a frame are sent as one. */
export class EventStream {
  readonly body: ReadableStream<Uint8Array>
  readonly #options: EventStreamOptions
  readonly #clock: Clock
  readonly #encoder = new TextEncoder()
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #waiting: AguiEvent[] = []
  #size = 0
  #isEnding = false
  #frame: unknown = null
  #heartbeat: unknown = null

  constructor(options: EventStreamOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.body = new ReadableStream({
      start: (controller) => {
        this.#controller = controller
      },
      pull: () => this.#flush(),
      cancel: () => this.#over('gone'),
    })
    this.#beat()
  }

  /** Sends an event. */
  send(event: AguiEvent): void {
    if (!this.#controller || this.#isEnding) return
    const last = this.#waiting.at(-1)
    const isPiece = event.type === 'TEXT_MESSAGE_CONTENT' || event.type === 'REASONING_MESSAGE_CONTENT'
    if (isPiece && last && last.type === event.type && last.messageId === event.messageId)
      this.#waiting[this.#waiting.length - 1] = { ...last, delta: `${last.delta}${event.delta}` }
    else this.#waiting.push(event)
    this.#size += isPiece ? event.delta.length : 1_000
    if (this.#size > mostWaiting) this.#cut()
    else if (!isPiece || this.#options.frame === 0) this.#flush()
    else this.#frame ??= this.#clock.setTimeout(() => this.#flush(), this.#options.frame)
  }

  /** Sends what waits, and ends the stream. */
  end(): void {
    this.#isEnding = true
    this.#flush()
  }

  #flush(): void {
    const controller = this.#controller
    this.#clock.clearTimeout(this.#frame)
    this.#frame = null
    if (!controller || (controller.desiredSize ?? 0) <= 0) return
    const text = this.#waiting.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    this.#waiting = []
    this.#size = 0
    if (text !== '') controller.enqueue(this.#encoder.encode(text))
    if (!this.#isEnding) return
    controller.close()
    this.#over('ended')
  }

  #beat(): void {
    this.#heartbeat = this.#clock.setTimeout(() => {
      if ((this.#controller?.desiredSize ?? 0) > 0) this.#controller?.enqueue(this.#encoder.encode(': \n\n'))
      this.#beat()
    }, heartbeat)
    unref(this.#heartbeat)
  }

  /** Gives up a reader that is too slow. */
  #cut(): void {
    this.#controller?.error(new Error('The reader is too slow.'))
    this.#over('gone')
  }

  #over(how: 'ended' | 'gone'): void {
    if (!this.#controller) return
    this.#controller = null
    this.#waiting = []
    this.#clock.clearTimeout(this.#frame)
    this.#clock.clearTimeout(this.#heartbeat)
    this.#options.onEnd(how)
  }
}
