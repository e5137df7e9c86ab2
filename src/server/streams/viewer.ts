// One viewer's stream of server-sent events. What it is sent is read off the channel's latest events when it asks for more, so that a
// slow reader costs nothing: when what it has not read is not kept any more, its stream ends, and it resumes with another one.
import { Alarm, systemClock } from '../../clock.ts'
import { framesOf } from '../../frames.ts'
import type { Channel, Closed } from './channel.ts'
import { written } from './event-lines.ts'
import type { Position } from './position.ts'
import type { Entry } from './ring.ts'
import { StallWatch } from './stall-watch.ts'
import { textPieces } from './text-pieces.ts'

/** An event that comes before those of the channel. */
export interface Opening {
  readonly name: string
  readonly data: object
  readonly position: Position
}

export interface ViewerOptions {
  readonly channel: Channel
  /** Where in the channel the stream begins: after this event. */
  readonly from: Position
  /** Sent first. */
  readonly opening: readonly Opening[]
  /** Milliseconds in which deltas are gathered; 0 sends them as they come. */
  readonly frame: number
  /** Milliseconds without an event after which a comment is sent, so that nobody takes the connection for dead. */
  readonly heartbeat: number
  /** Only the events of this message, up to its outcome. Default: all. */
  readonly message?: string
  /** Bytes of a comment at the beginning, for a proxy that waits for so many. Default 0. */
  readonly padding?: number
  /** Milliseconds in which the reader has to ask for more. One that does not is gone. */
  readonly stalledAfter: number
  /** Ends the connection of a reader that is stalled. */
  readonly cut: () => void
  /** Called once, when the stream has ended. */
  readonly ended: (why: Ended) => void
}

/** `gone`: nobody reads it any more. `over`: everything was sent, or the reader was told to resume. */
export type Ended = 'gone' | 'over'

/** Where the text of a stream goes. */
export interface Sink {
  /** Takes a piece. Returns whether it asks for more at once; a sink that does not calls `ask()` of the viewer when it does. */
  give(piece: string): boolean
  /** Nothing more comes. */
  end(): void
}

/** One viewer. It waits until a sink asks. */
export class Viewer {
  readonly #options: ViewerOptions
  readonly #stall: StallWatch
  #sink: Sink | null = null
  #reader: 'busy' | 'asks' = 'busy'
  /** `last`: what was taken is all there is. `stalled`: it was given up, because its reader did not ask for more. */
  #phase: 'open' | 'last' | 'ended' | 'stalled' = 'open'
  /** What was taken and is still to be given. */
  #pieces: string[] = []
  #after: Position
  #first: string
  /** `gathering`: there are deltas, which wait for the end of the frame. `now`: there is something that waits for the reader only. */
  #news: 'none' | 'gathering' | 'now' = 'now'
  readonly #heartbeat = new Alarm(systemClock, () => this.#beat())
  readonly #unwatch: () => void

  constructor(options: ViewerOptions) {
    this.#options = options
    const { channel, from, opening, padding = 0, stalledAfter, cut } = options
    this.#after = from
    this.#first =
      (padding > 0 ? `: ${' '.repeat(padding)}\n\n` : '') +
      opening.map(({ name, data, position }) => written(name, JSON.stringify(data), position)).join('')
    this.#unwatch = channel.watch({
      published: (entry, isFull) => this.#published(entry, isFull),
      closed: () => this.#hurry(),
    })
    this.#stall = new StallWatch(stalledAfter, () => {
      this.#end('gone', 'stalled')
      cut()
    })
    // Somebody has to begin to read it.
    this.#stall.given()
  }

  /** Sends it there from now on. The sink asks. */
  sendTo(sink: Sink): void {
    this.#sink = sink
    this.ask()
  }

  /** The reader asks for more. */
  ask(): void {
    this.#stall.asked()
    // It reads again, on a connection that could not be ended: it has to resume.
    if (this.#phase === 'stalled') return this.#sink?.end()
    this.#reader = 'asks'
    this.#give()
  }

  /** Nobody reads it any more. */
  leave(): void {
    this.#end('gone', 'ended')
  }

  /** A frame is over: what was gathered in it can be sent. */
  frameOver(): void {
    if (this.#news !== 'gathering') return
    this.#news = 'now'
    this.#give()
  }

  /** Gives what there is, as long as the reader asks. */
  #give(): void {
    while (this.#sink && this.#reader === 'asks' && this.#isUnderWay) {
      const piece = this.#pieces.shift() ?? this.#next()
      if (piece === undefined && this.#phase === 'open') return this.#wait()
      // A sink may ask again while it is given something.
      this.#reader = 'busy'
      if (piece !== undefined) {
        if (this.#sink.give(piece)) this.#reader = 'asks'
        else if (!this.#hasAskedAgain()) this.#stall.given()
      }
      if (this.#phase !== 'last' || this.#pieces.length > 0) continue
      this.#end('over', 'ended')
      this.#sink.end()
    }
  }

  get #isUnderWay(): boolean {
    return this.#phase === 'open' || this.#phase === 'last'
  }

  #hasAskedAgain(): boolean {
    return this.#reader === 'asks'
  }

  /** Takes what can be sent now, and gives the first piece of it. */
  #next(): string | undefined {
    if (this.#phase === 'last') return undefined
    const { text, isOver } = this.#take()
    if (isOver) this.#phase = 'last'
    this.#pieces = textPieces(text)
    return this.#pieces.shift()
  }

  #wait(): void {
    this.#heartbeat.set(this.#options.heartbeat)
    this.#heartbeat.unref()
  }

  #beat(): void {
    if (this.#reader !== 'asks') return
    this.#pieces.push(': \n\n')
    this.#give()
  }

  #end(why: Ended, phase: 'ended' | 'stalled'): void {
    if (!this.#isUnderWay) return
    this.#phase = phase
    this.#stall.end()
    this.#unwatch()
    this.#heartbeat.clear()
    this.#options.ended(why)
  }

  /** What can be sent now. */
  #take(): { readonly text: string; readonly isOver: boolean } {
    const { channel, message } = this.#options
    const { closed } = channel
    const first = this.#first
    this.#first = ''
    const frame = channel.frameAfter(this.#after, message)
    if (!frame) return { text: first + resume('slow', this.#after), isOver: true }
    if (this.#news !== 'now' && closed === null) return { text: first, isOver: false }
    this.#news = 'none'
    this.#after = frame.last ?? this.#after
    const text = first + frame.text
    if (frame.isOver) return { text, isOver: true }
    return closed === null ? { text, isOver: false } : { text: text + resume(closed, this.#after), isOver: true }
  }

  #published({ name, message, position }: Entry, isFull: boolean): void {
    const { frame, message: only } = this.#options
    if (isFull && this.#news === 'gathering') return this.#hurry()
    if (only !== undefined && message !== only) {
      // Events of others, however many, put a viewer behind only that has something of its own to read yet.
      if (this.#news === 'none') this.#after = position
      return
    }
    if (name !== 'delta' || frame === 0 || isFull) this.#hurry()
    else if (this.#news === 'none') {
      this.#news = 'gathering'
      framesOf(frame).join(this)
    }
  }

  /** Sends what there is, together with what else happens in this tick. */
  #hurry(): void {
    if (this.#news === 'now') return
    this.#news = 'now'
    queueMicrotask(() => this.#give())
  }
}

const resume = (why: Closed | 'slow', position: Position): string =>
  written('resume', JSON.stringify({ why }), position)
