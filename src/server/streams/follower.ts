// What another process does with a conversation, for viewers here: the facts that it stores and, while it has the conversation open, the
// feed of what happens there.
//   F1  An outcome is published once its facts are known here, and then the view has them: the view says which outcomes were published.
//   F2  Facts wait for the feed to tell of them, for as long as its patience lasts. Then they are published without it, and the feed is
//       not shown until it has come as far.
//   F3  What the feed has shown is void as soon as something else takes its place: it may have been refused meanwhile.
import type { ConversationState } from '../../client/wire.ts'
import { Picture } from '../../client/picture.ts'
import { Alarm, systemClock } from '../../clock.ts'
import type { Readers } from '../../conversation/turns/outcome.ts'
import type { Store } from '../../index.ts'
import { fold, Folding, type StoredFact, type View } from '../../journal/index.ts'
import { alike } from './change.ts'
import type { Channel } from './channel.ts'
import type { FedEvent, Feed, FeedItem } from './feed.ts'
import { stateOfView } from './state.ts'
import { hasEnded, outcomesBetween } from './wire-notice.ts'

export interface FollowerOptions {
  readonly store: Store
  /** `null`: the facts are all there is. */
  readonly feed: Feed | null
  readonly id: string
  /** The view that the channel shows. */
  readonly from: View
  readonly channel: Channel
  readonly readers: Readers
  /** Called with the view each time that it or what is shown of it has changed. */
  readonly published: (view: View) => void
  /** Told why the feed can't be read any more. The facts are followed on. */
  readonly failed: (cause: unknown) => void
}

export class Follower {
  readonly #options: FollowerOptions
  readonly #ending = new AbortController()
  /** What was published. */
  #view: View
  /** The facts after it … */
  #ahead: readonly StoredFact[] = []
  /** … and the view with them. */
  #now: View
  #title: string | null = null
  /** What the feed is to viewers. `behind`: they have been shown more than it has told of. */
  #feed: 'none' | 'behind' | 'shown' = 'none'
  /** What the feed has told of. */
  #picture = new Picture()
  #revision = 0
  /** Called when facts have come. */
  #resume: (() => void) | null = null
  readonly #patience = new Alarm(systemClock, () => void (this.isLate && this.#tellFacts()))

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#view = options.from
    this.#now = options.from
  }

  /** Whether viewers are shown what a feed says: it may be more than what is stored. */
  get isFed(): boolean {
    return this.#feed === 'shown'
  }

  /** Whether viewers have not been shown all that is stored. */
  get isLate(): boolean {
    return this.#ahead.length > 0 || this.#options.channel.state.revision < this.#now.revision
  }

  /** Publishes until `end()`, or until the conversation is deleted. @throws TurnstateError as the store */
  async run(): Promise<void> {
    const { store, id, from, feed } = this.#options
    const { signal } = this.#ending
    const folding = new Folding(from)
    if (feed) void this.#read(feed)
    try {
      for await (const { facts } of store.follow(id, from.revision, { signal })) {
        folding.addAll(facts)
        const listing = await store.get(id)
        if (signal.aborted) return
        this.#title = listing?.title ?? null
        this.#ahead = [...this.#ahead, ...facts]
        this.#now = folding.view
        this.#factsCame()
      }
    } finally {
      this.end()
    }
  }

  end(): void {
    this.#ending.abort()
    this.#patience.clear()
    this.#resume?.()
  }

  /** Brings the channel's state up to the text that was published. */
  look(): void {
    const { state } = this.#picture
    if (this.#feed === 'shown' && state) this.#options.channel.change(state)
  }

  #factsCame(): void {
    if (!this.#options.feed) return this.#tellFacts()
    this.#settle()
    this.#bePatient()
    this.#resume?.()
  }

  /** Gives the feed time to tell of the facts. */
  #bePatient(): void {
    if (!this.isLate) return
    this.#patience.set(this.#options.feed?.patience ?? 0)
    this.#patience.unref()
  }

  /** Publishes what the facts say. */
  #tellFacts(): void {
    const { id, feed, channel, readers } = this.#options
    for (const outcome of outcomesBetween(this.#view, this.#now, readers)) channel.publish(outcome)
    const state = stateOfView(this.#now, id, this.#title, readers)
    if (this.#showsReply) channel.retract(alike(channel.state, state))
    else channel.change(feed ? alike(channel.state, state) : state)
    if (this.#feed === 'shown') this.#feed = 'behind'
    this.#tell(this.#now)
  }

  /** Whether viewers are shown a reply in progress that only the feed has. */
  get #showsReply(): boolean {
    const { state } = this.#picture
    return this.#feed === 'shown' && state !== null && isUnderWay(state)
  }

  /** Everything up to this view was published. */
  #tell(view: View): void {
    this.#ahead = this.#ahead.slice(view.revision - this.#view.revision)
    this.#view = view
    this.#options.published(view)
  }

  /** The facts that the feed has told of are behind viewers, unless one of their outcomes is still to come. */
  #settle(): void {
    if (this.#feed !== 'shown' || this.#revision < this.#now.revision || this.#ahead.length === 0) return
    if (outcomesBetween(this.#view, this.#now, this.#options.readers).length === 0) this.#tell(this.#now)
  }

  async #read(feed: Feed): Promise<void> {
    const { id, failed } = this.#options
    const { signal } = this.#ending
    try {
      for await (const items of feed.follow(id, signal)) {
        for (const item of items) {
          while (!signal.aborted && !this.#isKnown(item))
            await new Promise<void>((resolve) => void (this.#resume = resolve))
          if (signal.aborted) return
          this.#take(item)
        }
        this.#bePatient()
      }
    } catch (cause) {
      if (signal.aborted) return
      failed(cause)
      this.#over()
    }
  }

  /** Whether the facts of an item have come. */
  #isKnown(item: FeedItem): boolean {
    if (item.kind === 'whole') return item.state.revision <= this.#now.revision
    if (item.kind !== 'event' || !isOutcome(item.published)) return true
    const { message, revision = 0 } = item.published
    return revision <= this.#now.revision && hasEnded(this.#now, message)
  }

  #take(item: FeedItem): void {
    const { channel } = this.#options
    const isShown = this.#feed === 'shown'
    if (item.kind === 'whole') return this.#begin(item.state)
    if (item.kind === 'end') return this.#over()
    if (item.kind === 'delta') {
      const { delta, message } = item
      this.#picture.grow(delta)
      if (isShown) channel.publish({ name: 'delta', data: delta, delta, message })
      return
    }
    if (item.kind === 'event') {
      if (isOutcome(item.published)) this.#takeOutcome(item.published)
      // What never became a turn is in no fact.
      else if (isShown || item.published.outcome) channel.publish(item.published)
      return
    }
    this.#picture.change(item.change)
    this.#revision = item.change.revision ?? this.#revision
    const { state } = this.#picture
    if (!isShown || !state) return this.#catchUp()
    if (item.kind === 'change') channel.change(state)
    else channel.retract(state)
    this.#settle()
  }

  /** The feed begins, or goes on after something that was missed. */
  #begin(state: ConversationState): void {
    const { channel } = this.#options
    // A retraction may have been missed.
    if (this.#showsReply) channel.retract({ ...channel.state, messages: settled(channel.state.messages) })
    this.#feed = 'behind'
    this.#revision = state.revision
    this.#picture = pictureOf(channel.state, state)
    // What was missed.
    if (state.revision > this.#view.revision) this.#tellOutcomes(this.#viewAt(state.revision))
    this.#catchUp()
  }

  /** Shows the feed, if it has come as far as what is shown. */
  #catchUp(): void {
    const { state } = this.#picture
    if (this.#feed !== 'behind' || this.#revision < this.#view.revision || !state) return
    this.#feed = 'shown'
    this.#options.channel.replace(state)
    this.#settle()
    this.#options.published(this.#view)
  }

  /** Publishes an outcome, and those before it that nobody has told of. */
  #takeOutcome(event: StoredOutcome): void {
    const { message, revision = 0 } = event
    let view = this.#viewAt(revision)
    while (!hasEnded(view, message)) view = this.#viewAt(view.revision + 1)
    this.#tellOutcomes(view, event)
    this.#settle()
  }

  #tellOutcomes(view: View, said: StoredOutcome | null = null): void {
    const { channel, readers } = this.#options
    for (const outcome of outcomesBetween(this.#view, view, readers))
      channel.publish(said && outcome.message === said.message ? said : outcome)
    this.#tell(view)
  }

  /** From now on the facts are all there is. */
  #over(): void {
    if (this.#showsReply) this.#tellFacts()
    this.look()
    this.#feed = 'none'
    // Another process may have it open already.
    this.#bePatient()
  }

  /** The view after so many facts, at least those that were published, and at most those that have come. */
  #viewAt(revision: number): View {
    if (revision >= this.#now.revision) return this.#now
    return fold(this.#ahead.slice(0, Math.max(0, revision - this.#view.revision)), this.#view)
  }
}

/** An outcome that the facts have. */
type StoredOutcome = FedEvent & { readonly message: string }

const isOutcome = (event: FedEvent): event is StoredOutcome =>
  event.outcome !== undefined && event.isStored !== false && typeof event.message === 'string'

/** The messages without the reply in progress. */
const settled = (messages: ConversationState['messages']): ConversationState['messages'] =>
  messages.filter(({ status }) => status !== 'streaming')

const isUnderWay = ({ status, messages }: ConversationState): boolean =>
  status === 'streaming' || status === 'submitted' || messages.at(-1)?.status === 'streaming'

/** A picture of a state, in which whatever is the same as in another one is the same object. */
function pictureOf(before: ConversationState, state: ConversationState): Picture {
  const picture = new Picture()
  picture.replace(before)
  picture.replace(state)
  return picture
}
