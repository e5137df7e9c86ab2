// One viewer's stream of server-sent events. What it is sent is read off the channel's latest events when it asks for more, so that a
// slow reader costs nothing: when what it has not read is not kept any more, its stream ends, and it resumes with another one.
import { Alarm, systemClock } from '../../clock.ts'
import type { Delta } from '../../index.ts'
import type { Channel, Closed } from './channel.ts'
import { type Position, toEventId } from './position.ts'
import type { Entry } from './ring.ts'
import { piecesOf, StallWatch } from './stall-watch.ts'

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

const encoder = new TextEncoder()

/** A stream of server-sent events, as the body of a response. */
export function viewerStream(options: ViewerOptions): ReadableStream<Uint8Array> {
  const viewer = new Viewer(options)
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) => viewer.pull(controller),
      cancel: () => viewer.end('gone'),
    },
    { highWaterMark: 0 },
  )
}

class Viewer {
  readonly #options: ViewerOptions
  readonly #stall: StallWatch
  /** What was taken and is still to be given. */
  #pieces: Uint8Array[] = []
  #isOver = false
  #isStalled = false
  #after: Position
  #first: string
  /** Set while it waits. Called with whether there is something to send. */
  #wake: ((isSomething: boolean) => void) | null = null
  readonly #heartbeat = new Alarm(systemClock, () => this.#wake?.(false))
  readonly #frame = new Alarm(systemClock, () => {
    this.#frameIs = 'over'
    this.#wake?.(true)
  })
  readonly #unwatch: () => void
  #hasEnded = false
  /** Something is there that need not wait for the frame to be over. */
  #isUrgent: boolean
  /** `gathering`: deltas wait for the end of the frame. `over`: they can be sent. */
  #frameIs: 'none' | 'gathering' | 'over' = 'none'

  constructor(options: ViewerOptions) {
    this.#options = options
    const { channel, from, opening, padding = 0, stalledAfter, cut } = options
    this.#stall = new StallWatch(stalledAfter, () => {
      this.#isStalled = true
      this.end('gone')
      cut()
    })
    this.#after = from
    this.#first =
      (padding > 0 ? `: ${' '.repeat(padding)}\n\n` : '') +
      opening.map(({ name, data, position }) => written(name, JSON.stringify(data), position)).join('')
    this.#isUrgent = true
    this.#unwatch = channel.watch({
      published: (entry, isFull) => this.#published(entry, isFull),
      closed: () => this.#hurry(),
    })
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#stall.asked()
    // It reads again, on a connection that could not be ended: it has to resume.
    if (this.#isStalled) return controller.close()
    if (this.#pieces.length === 0) await this.#fill()
    if (this.#hasEnded) return
    const piece = this.#pieces.shift()
    if (piece) {
      controller.enqueue(piece)
      this.#stall.given()
    }
    if (!this.#isOver || this.#pieces.length > 0) return
    this.end('over')
    controller.close()
  }

  /** Waits for something to be given: events, or a comment when it is time for one. */
  async #fill(): Promise<void> {
    while (!this.#hasEnded) {
      const { text, isOver } = this.#take()
      this.#isOver = isOver
      if (text !== '') this.#pieces = [...piecesOf(encoder.encode(text))]
      if (isOver || text !== '') return
      if (await this.#something()) continue
      this.#pieces = [encoder.encode(': \n\n')]
      return
    }
  }

  end(why: Ended): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#stall.end()
    this.#unwatch()
    this.#frame.clear()
    this.#heartbeat.clear()
    this.#wake?.(true)
    this.#options.ended(why)
  }

  /** What can be sent now. */
  #take(): { readonly text: string; readonly isOver: boolean } {
    const { channel, message } = this.#options
    const { closed } = channel
    const first = this.#first
    this.#first = ''
    const entries = channel.since(this.#after)
    if (!entries) return { text: first + resume('slow', this.#after), isOver: true }
    if (!this.#isUrgent && this.#frameIs !== 'over' && closed === null) return { text: first, isOver: false }
    this.#isUrgent = false
    if (this.#frameIs === 'over') this.#frameIs = 'none'
    const last = entries.at(-1)
    if (last) this.#after = last.position
    const mine = message === undefined ? entries : upToLast(entries.filter((entry) => entry.message === message))
    const text =
      first +
      gathered(mine)
        .map(({ name, data, position }) => written(name, data, position))
        .join('')
    if (message !== undefined && mine.at(-1)?.isLast) return { text, isOver: true }
    return closed === null ? { text, isOver: false } : { text: text + resume(closed, this.#after), isOver: true }
  }

  #published({ name, message, position }: Entry, isFull: boolean): void {
    const { frame, message: only } = this.#options
    if (isFull && this.#frameIs === 'gathering') return this.#hurry()
    if (only !== undefined && message !== only) {
      // Events of others, however many, put a viewer behind only that has something of its own to read yet.
      if (!this.#isUrgent && this.#frameIs === 'none') this.#after = position
      return
    }
    if (name !== 'delta' || frame === 0 || isFull) this.#hurry()
    else if (this.#frameIs === 'none') {
      this.#frameIs = 'gathering'
      this.#frame.set(frame)
    }
  }

  /** Sends what there is now. */
  #hurry(): void {
    this.#isUrgent = true
    this.#wake?.(true)
  }

  /** Whether something is there to be sent before it is time for a heartbeat. */
  async #something(): Promise<boolean> {
    if (this.#isUrgent || this.#frameIs === 'over' || this.#hasEnded) return true
    this.#heartbeat.set(this.#options.heartbeat)
    this.#heartbeat.unref()
    return new Promise((resolve) => {
      this.#wake = (isSomething) => {
        this.#wake = null
        resolve(isSomething)
      }
    })
  }
}

/** Entries up to the outcome of their message. */
function upToLast(entries: readonly Entry[]): readonly Entry[] {
  const last = entries.findIndex(({ isLast }) => isLast)
  return last < 0 ? entries : entries.slice(0, last + 1)
}

interface Line extends Pick<Entry, 'position'> {
  readonly name: string
  readonly data: string
}

/**
 * Entries as they are sent: deltas of the same kind that follow each other are one, and the first difference after one that is void
 * becomes the whole conversation.
 */
function gathered(entries: readonly Entry[]): readonly Line[] {
  const lines: Line[] = []
  let delta: Delta | null = null
  let hasMissed = false
  for (const { name, position, data, isChange, whole } of entries) {
    if (name === null) {
      hasMissed ||= isChange
      continue
    }
    if (hasMissed && whole) {
      delta = null
      hasMissed = false
      lines.push({ name: 'conversation', position, data: JSON.stringify(whole) })
      continue
    }
    if (typeof data === 'string') {
      delta = null
      lines.push({ name, position, data })
      continue
    }
    const isMore = delta && delta.turnId === data.turnId && delta.attempt === data.attempt && delta.block === data.block
    const joined: Delta = delta && isMore ? { ...delta, text: delta.text + data.text } : data
    if (isMore) lines.pop()
    delta = joined
    lines.push({ name, position, data: JSON.stringify(joined) })
  }
  return lines
}

const written = (name: string, data: string, position: Position): string =>
  `id: ${toEventId(position)}\nevent: ${name}\ndata: ${data}\n\n`

const resume = (why: Closed | 'slow', position: Position): string =>
  written('resume', JSON.stringify({ why }), position)
