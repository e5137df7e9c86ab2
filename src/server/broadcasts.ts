// The channels of the conversations that are open here or that somebody views.
import type { ConversationState, WireOutcome } from '../client/wire.ts'
import { onChanges } from '../conversation/start-conversation.ts'
import type { Readers } from '../conversation/turns/outcome.ts'
import type { Conversation, Store } from '../index.ts'
import type { View } from '../journal/index.ts'
import { alike } from './streams/change.ts'
import { Channel, type Closed } from './streams/channel.ts'
import type { Feed, FeedWriter } from './streams/feed.ts'
import { Follower } from './streams/follower.ts'
import { publishLive } from './streams/live.ts'
import { stateOfChat, stateOfView } from './streams/state.ts'
import { viewsOf } from './streams/views.ts'
import { outcomesBetween } from './streams/wire-notice.ts'

/** What all broadcasts share. */
interface Shared {
  readonly store: Store
  readonly readers: Readers
  /** Tells broadcasts in other processes what happens here, and the other way round; `null`: nobody else is told. */
  readonly feed: () => Feed | null
  /** The most bytes of events that a channel keeps for those who come back. */
  readonly mostBytes: number
  /** Called with the outcome of each message that ends in this process. */
  readonly ended: (outcome: WireOutcome) => void
  /** Told of what went wrong while following. */
  readonly failed: (cause: unknown) => void
  /** Called when viewers wait for a turn that is not answered here: its process may be gone. */
  readonly waitedFor: (broadcast: Broadcast) => void
}

/** A conversation that is open in this process. */
interface Live {
  readonly chat: Conversation
  readonly publishing: ReturnType<typeof publishLive>
  readonly feed: FeedWriter | null
  /** Ends the watch on its facts. */
  readonly unwatch: () => void
}

/**
 * The events of one conversation: of its actor while it is open in this process, else of the facts that any process stores, and of the feed
 * of the process that has it open. Viewers do not notice the difference, but that without a feed no deltas come from another process.
 */
export class Broadcast {
  readonly id: string
  readonly channel: Channel
  readonly #shared: Shared
  readonly #forget: () => void
  /** What was published last, as a view, while nobody has it open here. */
  #view: View
  #live: Live | null = null
  #follower: Follower | null = null
  #viewers = 0
  /** Called at each step of the events. */
  readonly #waiting = new Set<() => void>()

  constructor(id: string, view: View, channel: Channel, shared: Shared, forget: () => void) {
    this.id = id
    this.channel = channel
    this.#view = view
    this.#shared = shared
    this.#forget = forget
  }

  /** Whether all viewers have to go. */
  get isClosed(): boolean {
    return this.channel.closed !== null
  }

  get viewers(): number {
    return this.#viewers
  }

  /** From now on its events are those of this actor. */
  goLive(chat: Conversation): void {
    const { readers, feed, ended } = this.#shared
    const wasFed = this.#follower?.isFed === true
    this.#unfollow()
    // What another process stored, and nobody here has followed up to its end.
    if (!this.#live)
      for (const outcome of outcomesBetween(this.#view, viewIn(chat), readers)) this.channel.publish(outcome)
    this.#unpublish()
    // What was shown of a reply that another process had in progress is gone with it.
    const state = stateOfChat(chat)
    if (wasFed) this.channel.retract(alike(this.channel.state, state))
    this.channel.take(state)
    // Viewers come back, and are told what the other process stores.
    const publishing = publishLive(chat, this.channel, ended, () => this.close('shutdown'))
    const unwatch = onChanges(chat, () => this.#step())
    this.#live = { chat, publishing, feed: feed()?.write(this.id, () => this.current()) ?? null, unwatch }
    this.channel.passOn(this.#live.feed)
    this.#step()
  }

  /** Whether the conversation is open in this process. */
  get isLive(): boolean {
    return this.#live !== null
  }

  /** Whether somebody waits for a turn that another process has under way, or had when it ended. */
  get isWaitedFor(): boolean {
    if (this.#viewers === 0 || this.#live || this.isClosed || this.#follower?.isLate) return false
    const { status } = this.channel.state
    return status === 'streaming' || status === 'submitted'
  }

  /** The facts that its events have told of. */
  get view(): View {
    return this.#live ? viewIn(this.#live.chat) : this.#view
  }

  /**
   * Resolves with whether the events have told of so many facts, once they have, or the broadcast is closed. What is open here may have
   * less of them than the store: another process may have taken it over a moment ago.
   */
  async reach(revision: number): Promise<boolean> {
    while (!this.isClosed && this.view.revision < revision)
      await new Promise<void>((resolve) => void this.#waiting.add(resolve))
    return this.view.revision >= revision
  }

  /** The actor is gone: from now on its events are those of the facts. */
  goStored(): void {
    if (this.#live) this.#view = viewIn(this.#live.chat)
    this.#unpublish()
    this.#settle()
    this.#step()
  }

  /** The conversation as it is now. */
  current(): ConversationState {
    this.look()
    return this.channel.state
  }

  /** Publishes what no event has said, such as a new title. */
  look(): void {
    this.#live?.publishing.look()
    this.#follower?.look()
  }

  join(): void {
    this.#viewers++
    this.#settle()
  }

  leave(): void {
    this.#viewers--
    this.#settle()
  }

  close(why: Closed): void {
    this.#unfollow()
    this.#unpublish()
    this.channel.close(why)
    // Whoever comes next gets another one: streams of this one end at once.
    this.#forget()
    this.#step()
  }

  #step(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #settle(): void {
    if (this.#live || this.isClosed) return
    if (this.#viewers > 0) return this.#follow()
    this.#unfollow()
    this.#forget()
  }

  #follow(): void {
    if (this.#follower) return
    const { store, feed, readers, failed } = this.#shared
    if (this.isWaitedFor) this.#shared.waitedFor(this)
    const follower = new Follower({
      store,
      feed: feed(),
      id: this.id,
      from: this.#view,
      channel: this.channel,
      readers,
      published: (view) => {
        this.#view = view
        this.#step()
        if (this.isWaitedFor) this.#shared.waitedFor(this)
      },
      failed,
    })
    this.#follower = follower
    follower
      .run()
      .catch((cause: unknown) => void (this.#follower === follower && failed(cause)))
      .finally(() => void this.#unfollowed(follower))
  }

  /** Nothing more is followed. */
  #unfollow(): void {
    this.#follower?.end()
    this.#follower = null
  }

  /** Nothing more is published of the conversation that was open here. */
  #unpublish(): void {
    this.#live?.publishing.end()
    this.#live?.unwatch()
    this.channel.passOn(null)
    this.#live?.feed?.end()
    this.#live = null
  }

  /** The conversation was deleted, or the store can't follow it: viewers come back then. */
  async #unfollowed(follower: Follower): Promise<void> {
    if (this.#follower !== follower) return
    const isThere = await this.#shared.store.get(this.id).then(
      (listing) => listing !== null,
      () => true,
    )
    if (this.#follower === follower) this.close(isThere ? 'shutdown' : 'deleted')
  }
}

/** What is stored. */
const viewIn = (chat: Conversation): View => chat.actor.getSnapshot().context.stored

export class Broadcasts {
  readonly #all = new Map<string, Broadcast>()
  readonly #shared: Shared
  #isClosed = false

  constructor(shared: Shared) {
    this.#shared = shared
  }

  /** Publishes the events of a conversation that was opened here. */
  live(chat: Conversation): Broadcast {
    const broadcast =
      this.#all.get(chat.id) ??
      this.#begin(chat.id, viewIn(chat), new Channel(stateOfChat(chat), this.#shared.mostBytes))
    broadcast.goLive(chat)
    return broadcast
  }

  /**
   * The broadcast of a conversation for a viewer, which has to leave it.
   *
   * @throws TurnstateError `conversation-unknown`, and as the store
   */
  async join(id: string): Promise<Broadcast> {
    let broadcast = this.#all.get(id)
    if (!broadcast) {
      const { store, mostBytes, readers } = this.#shared
      const [{ now }, listing] = await Promise.all([viewsOf(store, id, 0), store.get(id)])
      // It may have been opened meanwhile.
      broadcast =
        this.#all.get(id) ??
        this.#begin(id, now, new Channel(stateOfView(now, id, listing?.title ?? null, readers), mostBytes))
    }
    broadcast.join()
    return broadcast
  }

  /** The broadcast of a conversation that is open or viewed. */
  of(id: string): Broadcast | undefined {
    return this.#all.get(id)
  }

  get viewers(): number {
    let sum = 0
    for (const { viewers } of this.#all.values()) sum += viewers
    return sum
  }

  close(): void {
    this.#isClosed = true
    for (const broadcast of this.#all.values()) broadcast.close('shutdown')
    this.#all.clear()
  }

  #begin(id: string, view: View, channel: Channel): Broadcast {
    const broadcast = new Broadcast(id, view, channel, this.#shared, () => {
      if (this.#all.get(id) === broadcast) this.#all.delete(id)
    })
    this.#all.set(id, broadcast)
    // A viewer that waited for the store meanwhile has to go at once.
    if (this.#isClosed) broadcast.close('shutdown')
    return broadcast
  }
}
