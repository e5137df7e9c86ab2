// The viewers of conversations. Several conversations share one server or one window: each viewer sees all of them, including
// those that start after it connected.
import { type Clock, systemClock, unref } from '../../clock.ts'
import { Replays } from './replays.ts'
import { safely } from './safely.ts'
import type { Viewer } from './viewer.ts'

/** A message of a viewer: an object with a type. */
export type ViewerMessage = { readonly type: string } & Readonly<Record<string, unknown>>

/** A conversation that is shown. */
export interface Show<Message extends object = object> {
  /** Called when a viewer joins: sends it the conversation so far, step by step. Other work is done between the steps. */
  joined(send: (message: Message) => void): Iterable<unknown>
  /** Called with each message of a viewer that has joined. */
  heard?(message: ViewerMessage): void
}

/** The protocol between an inspector and its viewers. */
export interface Wire {
  /** The type of the message with which a viewer joins. `null`: it joins as soon as it connects. */
  readonly joinsBy: string | null
  /** The type of the message that ends the inspection; `null` if the protocol has no such message. */
  readonly goodbye: string | null
}

export interface AudiencePlace {
  /** Encodes a message once, for all viewers. */
  encode(message: object): unknown
  /** Called when the first conversation is shown. */
  open?(): void
  /** Called when no conversation is left. */
  close?(): void
}

/** Milliseconds between two replays to one viewer. If it asks earlier, it waits until they are over. */
const restAfterReplay = 1_000

/** The pause after a replay to a viewer. */
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

  /** Whether no viewer has joined, so that no messages need to be made. */
  get isEmpty(): boolean {
    return this.#looking.size === 0
  }

  /** Begins to show a conversation, also to viewers that have joined already. */
  enter(show: Show): void {
    if (this.#shows.size === 0) this.#place.open?.()
    this.#shows.add(show)
    for (const viewer of this.#looking) this.#replay(viewer, [show])
  }

  /** Stops showing a conversation. `isGone`: the conversation itself has ended, so viewers get no goodbye. */
  leave(show: Show, { isGone = false } = {}): void {
    if (!this.#shows.delete(show) || this.#shows.size > 0) return
    if (!isGone) this.sayGoodbye()
    this.#place.close?.()
  }

  sayGoodbye(): void {
    if (this.#wire.goodbye === null) return
    // The page may be gone before the next part of a replay.
    this.#replays.finish()
    this.sendToAll({ type: this.#wire.goodbye })
  }

  /** Sends a message to all viewers that have joined. It waits for viewers with an unfinished replay until that is over. */
  sendToAll(message: object): void {
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

  /** Handles data that a viewer sent. Anything that is not a message is ignored. */
  heard(viewer: Viewer, message: unknown): void {
    if (!isMessage(message)) return
    if (message.type === this.#wire.joinsBy) return this.#join(viewer)
    if (!this.#looking.has(viewer)) return
    for (const show of this.#shows) safely(() => show.heard?.(message))
  }

  /** Replays every conversation to a viewer, with a pause between replays, however often it asks. */
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
      // The viewer has disconnected, or is about to.
      this.gone(viewer)
    }
  }
}

const isMessage = (value: unknown): value is ViewerMessage =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
