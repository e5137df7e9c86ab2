// Those who look at conversations, and what they are shown. Several conversations share one server, or one window: each
// viewer sees all of them, one that came after the viewer too.
import { type Clock, systemClock, unref } from '../../clock.ts'
import { Replays } from './replays.ts'
import { safely } from './safely.ts'
import type { Viewer } from './viewer.ts'

/** A message of a viewer: an object with a type. */
export type ViewerMessage = { readonly type: string } & Readonly<Record<string, unknown>>

/** One conversation, as it is shown. */
export interface Show<Message extends object = object> {
  /** Somebody has come to look: what to show, step by step. Other work is done between the steps. */
  joined(send: (message: Message) => void): Iterable<unknown>
  /** A viewer who looks says something. */
  heard?(message: ViewerMessage): void
}

/** How an inspector and its viewers speak. */
export interface Wire {
  /** The type of the message by which a viewer asks to be shown everything. `null`: they are as soon as they are here. */
  readonly joinsBy: string | null
  /** The type of the message that ends it. `null`: there is none. */
  readonly goodbye: string | null
}

export interface AudiencePlace {
  /** As a message goes to viewers: the same for all of them. */
  encode(message: object): unknown
  /** Called when there is something to see. */
  open?(): void
  /** Called when there is nothing left to see. */
  close?(): void
}

/** Milliseconds between two replays to one viewer. One that asks earlier is shown everything when they are over. */
const restAfterReplay = 1_000

/** One who was shown everything a moment ago. */
interface Rest {
  readonly timer: unknown
  hasAskedAgain: boolean
}

export class Audience {
  readonly #wire: Wire
  readonly #place: AudiencePlace
  readonly #clock: Clock
  readonly #looking = new Set<Viewer>()
  readonly #shows = new Set<Show>()
  readonly #resting = new Map<Viewer, Rest>()
  readonly #replays: Replays

  constructor(wire: Wire, place: AudiencePlace, clock: Clock = systemClock) {
    this.#wire = wire
    this.#place = place
    this.#clock = clock
    this.#replays = new Replays(clock, (viewer, encoded) => this.#post(viewer, encoded))
  }

  /** Nobody looks, so nothing has to be made into messages. */
  get isEmpty(): boolean {
    return this.#looking.size === 0
  }

  /** Begins to show it, to those who look already. */
  enter(show: Show): void {
    if (this.#shows.size === 0) this.#place.open?.()
    this.#shows.add(show)
    for (const viewer of this.#looking) this.#replay(viewer, [show])
  }

  /** Ends it. `isGone`: the conversation is over, and nobody has cut it off. */
  leave(show: Show, { isGone = false } = {}): void {
    if (!this.#shows.delete(show) || this.#shows.size > 0) return
    if (!isGone) this.sayGoodbye()
    this.#place.close?.()
  }

  sayGoodbye(): void {
    if (this.#wire.goodbye === null) return
    // The page may be gone before the next slice of a replay.
    this.#replays.finish()
    this.tell({ type: this.#wire.goodbye })
  }

  /** Tells everybody who looks: those to whom something is still replayed once that is over. */
  tell(message: object): void {
    if (this.isEmpty) return
    safely(() => {
      const encoded = this.#place.encode(message)
      for (const viewer of this.#looking) if (!this.#replays.keep(viewer, encoded)) this.#post(viewer, encoded)
    })
  }

  arrived(viewer: Viewer): void {
    if (this.#wire.joinsBy === null) this.#join(viewer)
  }

  gone(viewer: Viewer): void {
    this.#looking.delete(viewer)
    this.#replays.end(viewer)
    const rest = this.#resting.get(viewer)
    if (!rest) return
    this.#clock.clearTimeout(rest.timer)
    this.#resting.delete(viewer)
  }

  /** What a viewer said, as it came. What is no message is passed over. */
  heard(viewer: Viewer, message: unknown): void {
    if (!isMessage(message)) return
    if (message.type === this.#wire.joinsBy) return this.#join(viewer)
    if (!this.#looking.has(viewer)) return
    for (const show of this.#shows) safely(() => show.heard?.(message))
  }

  /** Shows it everything: once in a while, however often it asks. */
  #join(viewer: Viewer): void {
    const rest = this.#resting.get(viewer)
    if (rest) {
      rest.hasAskedAgain = true
      return
    }
    const timer = this.#clock.setTimeout(() => {
      const hasAskedAgain = this.#resting.get(viewer)?.hasAskedAgain
      this.#resting.delete(viewer)
      if (hasAskedAgain) this.#join(viewer)
    }, restAfterReplay)
    unref(timer)
    this.#resting.set(viewer, { timer, hasAskedAgain: false })
    this.#looking.add(viewer)
    this.#replay(viewer, [...this.#shows])
  }

  #replay(viewer: Viewer, shows: readonly Show[]): void {
    const send = (message: object) => this.#post(viewer, this.#place.encode(message))
    this.#replays.add(
      viewer,
      shows.map((show) => () => show.joined(send)),
    )
  }

  #post(viewer: Viewer, encoded: unknown): void {
    if (!this.#looking.has(viewer)) return
    try {
      viewer.post(encoded)
    } catch {
      // It has gone away without a word, or is about to.
      this.gone(viewer)
    }
  }
}

const isMessage = (value: unknown): value is ViewerMessage =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
