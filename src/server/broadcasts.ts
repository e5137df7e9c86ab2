// The channels of the conversations that are open here or that somebody views.
import type { ConversationState, WireOutcome } from '../client/wire.ts'
import type { Readers } from '../conversation/turns/outcome.ts'
import type { Conversation, Store } from '../index.ts'
import type { View } from '../journal/index.ts'
import { Channel, type Closed } from './streams/channel.ts'
import { publishFollowed, viewsOf } from './streams/followed.ts'
import { publishLive } from './streams/live.ts'
import { stateOfChat, stateOfView } from './streams/state.ts'
import { outcomesBetween } from './streams/wire-notice.ts'

/** What all broadcasts share. */
interface Shared {
  readonly store: Store
  readonly readers: Readers
  /** The most bytes of events that a channel keeps for those who come back. */
  readonly mostBytes: number
  /** Called with the outcome of each message that ends in this process. */
  readonly ended: (outcome: WireOutcome) => void
  /** Told of what went wrong while following. */
  readonly failed: (cause: unknown) => void
  /** Called when viewers wait for a turn that is not answered here: its process may be gone. */
  readonly waitedFor: (broadcast: Broadcast) => void
}

/**
 * The events of one conversation: of its actor while it is open in this process, else of the facts that any process stores. Viewers do not
 * notice the difference, but that deltas come from the process that has it open.
 */
export class Broadcast {
  readonly id: string
  readonly channel: Channel
  readonly #shared: Shared
  readonly #forget: () => void
  /** What was published last, as a view, while nobody has it open here. */
  #view: View
  #live: { readonly chat: Conversation; readonly publishing: ReturnType<typeof publishLive> } | null = null
  #following: AbortController | null = null
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
    this.#following?.abort()
    this.#following = null
    this.#live?.publishing.end()
    // What another process stored, and nobody here has followed up to its end.
    if (!this.#live)
      for (const outcome of outcomesBetween(this.#view, viewIn(chat), this.#shared.readers))
        this.channel.publish(outcome)
    this.#live = { chat, publishing: publishLive(chat, this.channel, this.#shared.ended) }
    this.#step()
  }

  /** Whether the conversation is open in this process. */
  get isLive(): boolean {
    return this.#live !== null
  }

  /** Whether somebody waits for a turn that another process has under way, or had when it ended. */
  get isWaitedFor(): boolean {
    const { status } = this.channel.state
    return this.#viewers > 0 && !this.#live && !this.isClosed && (status === 'streaming' || status === 'submitted')
  }

  /** The facts that its events have told of. */
  get view(): View {
    return this.#live ? viewIn(this.#live.chat) : this.#view
  }

  /** Resolves once the events have told of so many facts, or the broadcast is closed. What is open here has no more of them than it says. */
  async reach(revision: number): Promise<void> {
    while (!this.#live && !this.isClosed && this.#view.revision < revision)
      await new Promise<void>((resolve) => void this.#waiting.add(resolve))
  }

  /** The actor is gone: from now on its events are those of the facts. */
  goStored(): void {
    if (this.#live) this.#view = viewIn(this.#live.chat)
    this.#live?.publishing.end()
    this.#live = null
    this.#settle()
  }

  /** The conversation as it is now. */
  current(): ConversationState {
    this.#live?.publishing.look()
    return this.channel.state
  }

  /** Publishes what no event has said, such as a new title. */
  look(): void {
    this.#live?.publishing.look()
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
    this.#following?.abort()
    this.#live?.publishing.end()
    this.#live = null
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
    this.#following?.abort()
    this.#following = null
    this.#forget()
  }

  #follow(): void {
    if (this.#following) return
    const following = new AbortController()
    this.#following = following
    const { store, readers, failed } = this.#shared
    if (this.isWaitedFor) this.#shared.waitedFor(this)
    publishFollowed({
      store,
      id: this.id,
      from: this.#view,
      channel: this.channel,
      readers,
      signal: following.signal,
      published: (view) => {
        this.#view = view
        this.#step()
        if (this.isWaitedFor) this.#shared.waitedFor(this)
      },
    })
      .catch((cause: unknown) => void (following.signal.aborted || failed(cause)))
      .finally(() => void this.#unfollowed(following.signal))
  }

  /** The conversation was deleted, or the store can't follow it: viewers come back then. */
  async #unfollowed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const isThere = await this.#shared.store.get(this.id).then(
      (listing) => listing !== null,
      () => true,
    )
    if (!signal.aborted) this.close(isThere ? 'shutdown' : 'deleted')
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
