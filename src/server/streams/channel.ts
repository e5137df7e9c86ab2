// The events of one conversation, for any number of viewers. It is fed by the conversation that is open in this process, or by the
// facts that another one appends.
import type { ConversationChange, ConversationState } from '../../client/wire.ts'
import { Alarm, systemClock } from '../../clock.ts'
import { alike, changeBetween, retractionBetween } from './change.ts'
import { type Frame, frameOf } from './event-lines.ts'
import type { FeedWriter } from './feed.ts'
import type { Position } from './position.ts'
import type { Published } from './published.ts'
import { type Entry, Ring } from './ring.ts'

interface Entering extends Published {
  /** The whole conversation, for viewers that have missed a change before it. */
  readonly whole?: ConversationState | null
}

/** Why all viewers have to go: the server shuts down, or the conversation is gone. */
export type Closed = 'shutdown' | 'deleted'

/** Receives what a channel publishes. */
interface Watcher {
  /** @param isFull whether the oldest events leave in a moment: what is to be sent must be taken */
  readonly published: (entry: Entry, isFull: boolean) => void
  readonly closed: () => void
}

/**
 * Milliseconds for which events are kept when nothing follows and no message is being answered. Whoever comes back later gets the whole
 * conversation instead.
 */
const keptFor = 10_000

/** The events that show what was said. */
const shown: ReadonlySet<string> = new Set(['delta', 'change', 'citation', 'unknown'])

const isAnswered = ({ status }: ConversationState): boolean => status === 'streaming' || status === 'submitted'

/** A frame, and of which events it is. */
interface MadeFrame {
  readonly after: number
  readonly end: number
  readonly message: string | undefined
  readonly frame: Frame
}

export class Channel {
  readonly epoch: string = crypto.randomUUID().slice(0, 8)
  readonly #ring: Ring
  readonly #viewers = new Set<Watcher>()
  #closed: Closed | null = null
  #isTrimming = false
  readonly #rest = new Alarm(systemClock, () => (isAnswered(this.#state) ? this.#keepOn() : this.#forget()))
  /** The frame that was made last: viewers that keep up all get the same. */
  #made: MadeFrame | null = null
  /** All facts up to `settled` are behind every viewer that has seen the last event, and `outcomes` outcomes after them. */
  #settled: number
  #group: number
  #outcomes = 0
  #state: ConversationState
  /** Takes all that is published, for broadcasts in other processes. */
  #feed: FeedWriter | null = null

  constructor(state: ConversationState, mostBytes: number) {
    this.#ring = new Ring(mostBytes)
    this.#state = state
    this.#settled = state.revision
    this.#group = state.revision
  }

  /** The state that was published last. */
  get state(): ConversationState {
    return this.#state
  }

  get viewers(): number {
    return this.#viewers.size
  }

  /** The position after the last event. */
  get position(): Position {
    return { revision: this.#settled, outcomes: this.#outcomes, epoch: this.epoch, nth: this.#ring.next - 1 }
  }

  /** Passes on what is published from now on; `null` ends that. */
  passOn(feed: FeedWriter | null): void {
    this.#feed = feed
  }

  /** Publishes what has changed since the last state, if anything has. */
  change(state: ConversationState): void {
    const change: ConversationChange | null = changeBetween(this.#state, state)
    this.#state = state
    if (!change) return
    this.#add({ name: 'change', data: change })
    this.#feed?.add({ kind: 'change', change })
  }

  /** Another source takes over: publishes what it shows differently. Later states of it are compared with this one. */
  take(state: ConversationState): void {
    this.change(alike(this.#state, state))
    this.#state = state
  }

  /** Publishes a state that comes from elsewhere than the last one: replies in progress are part of the difference. */
  replace(state: ConversationState): void {
    const change = retractionBetween(this.#state, state)
    this.#state = state
    this.#add({ name: 'change', data: change })
    this.#feed?.add({ kind: 'change', change })
  }

  /**
   * Publishes the state after a retraction, and makes everything void that was shown before: some of it may not be shown any more.
   * Viewers that have missed none of that get the difference, however large the conversation is; the others get all of it.
   */
  retract(state: ConversationState): void {
    const change = retractionBetween(this.#state, state)
    this.#ring.void(shown)
    this.#made = null
    this.#state = state
    this.#add({ name: 'change', data: change, whole: state })
    this.#feed?.add({ kind: 'retract', change })
  }

  publish(published: Published): void {
    this.#add(published)
    if (!this.#feed) return
    const { delta, message = null, ...event } = published
    this.#feed.add(delta ? { kind: 'delta', delta, message } : { kind: 'event', published: { ...event, message } })
  }

  #add({ name, data, delta, message = null, revision, outcome, isStored = true, whole = null }: Entering): void {
    if (revision !== undefined && revision > this.#group) {
      this.#settled = this.#group
      this.#group = revision
      this.#outcomes = 0
    }
    // Whoever resumes in another process counts those that the facts have.
    if (outcome && isStored) this.#outcomes++
    const position = { revision: this.#settled, outcomes: this.#outcomes, epoch: this.epoch, nth: this.#ring.next }
    const entry: Entry = {
      position,
      name,
      data: delta ?? JSON.stringify(data),
      message,
      isLast: outcome !== undefined,
      isChange: name === 'change',
      whole,
    }
    this.#ring.add(entry)
    const { isFull } = this.#ring
    for (const { published } of this.#viewers) published(entry, isFull)
    if (isFull) this.#trim()
    if (name !== 'delta') this.#keepOn()
  }

  #forget(): void {
    this.#ring.clear()
    this.#made = null
  }

  /** Keeps the events for a while from now on. */
  #keepOn(): void {
    this.#rest.set(keptFor)
    this.#rest.unref()
  }

  /** Viewers that read take what there is before the oldest events leave, however much comes at once. */
  #trim(): void {
    if (this.#viewers.size === 0) return this.#ring.trim()
    if (this.#isTrimming) return
    this.#isTrimming = true
    systemClock.setTimeout(() => {
      this.#isTrimming = false
      this.#ring.trim()
    }, 0)
  }

  /** The position before the oldest event that is kept. */
  get start(): Position {
    return { ...this.position, nth: this.#ring.first - 1 }
  }

  /** The events after a position of this channel; `null` when they are not all there any more. */
  since({ epoch, nth }: Pick<Position, 'epoch' | 'nth'>): readonly Entry[] | null {
    return epoch === this.epoch ? this.#ring.since(nth + 1) : null
  }

  /**
   * What is sent of the events after a position of this channel; `null` when they are not all there any more.
   *
   * @param message the only message that is wanted, up to its outcome. Default: all
   */
  frameAfter(position: Pick<Position, 'epoch' | 'nth'>, message?: string): Frame | null {
    const { epoch, nth } = position
    if (epoch !== this.epoch || !this.#ring.has(nth + 1)) return null
    const made = this.#made
    const end = this.#ring.next
    if (made && made.after === nth && made.end === end && made.message === message) return made.frame
    const frame = frameOf(this.#ring.since(nth + 1) ?? [], message)
    this.#made = { after: nth, end, message, frame }
    return frame
  }

  /** Why viewers have to go; `null` while they may stay. */
  get closed(): Closed | null {
    return this.#closed
  }

  close(why: Closed): void {
    this.#closed ??= why
    this.#rest.clear()
    for (const { closed } of this.#viewers) closed()
  }

  /** Tells of each event that is published from now on, and of the end. Returns a function that ends it. */
  watch(watcher: Watcher): () => void {
    this.#viewers.add(watcher)
    return () => void this.#viewers.delete(watcher)
  }
}
