import { randomUUID } from 'node:crypto'
import type { Conversation } from '../conversation/conversation-interface.ts'
import type { ConversationNotice } from '../conversation/turns/events.ts'
import { TurnstateError } from '../errors.ts'
import type { ConversationListing, Store } from '../stores/index.ts'
import { isBlank } from './stores/find-conversation.ts'
import { openWhenFree } from './stores/take-over.ts'
import { until } from './until.ts'

export interface DeskOptions {
  /** Where conversations are kept; `null`: nowhere. */
  readonly store: Store | null
  /** Creates a conversation, or opens the one with this id in the store. */
  readonly create: (id: string) => Promise<Conversation>
  readonly leaving: AbortSignal
  readonly notice: (notice: ConversationNotice, conversation: Conversation) => void
  /** Shows what is in a conversation that was opened, before anything new of it. */
  readonly opened: (conversation: Conversation, listing: ConversationListing) => void
  readonly say: (text: string) => void
}

/** Milliseconds that closing waits for a store that does not answer. */
const patience = 10_000

/** Holds the conversation of a chat, and exchanges it for another one. */
export class Desk {
  readonly store: Store | null
  readonly #options: DeskOptions
  readonly #listeners = new Set<() => void>()
  #current: Conversation | null = null
  #closing: Promise<boolean> | null = null

  constructor(options: DeskOptions) {
    this.store = options.store
    this.#options = options
    options.leaving.addEventListener('abort', () => void this.#current?.close({ timeout: patience }))
  }

  /** The present conversation. */
  get conversation(): Conversation {
    if (this.#current) return this.#current
    throw new TurnstateError('internal-error', 'No conversation is open.')
  }

  /** Calls a function after each exchange. */
  onExchange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Begins a new conversation; the present one is closed. @throws TurnstateError of the store; then the present one stays */
  async startNew(id: string = randomUUID()): Promise<void> {
    const conversation = await this.#options.create(id)
    conversation.on('*', (notice) => this.#options.notice(notice, conversation))
    await this.#exchange(conversation)
  }

  /** Opens a conversation of the store; the present one is closed. @throws TurnstateError of the store; then the present one stays */
  async open(listing: ConversationListing): Promise<void> {
    const { create, leaving, say, notice, opened } = this.#options
    const conversation = await openWhenFree(() => create(listing.id), { leaving, waits: say })
    /** What happens before the reader knows which conversation this is. */
    const early: ConversationNotice[] = []
    let isShown = false
    conversation.on('*', (news) => {
      if (isShown) notice(news, conversation)
      else early.push(news)
    })
    await loaded(conversation)
    await this.#exchange(conversation, () => {
      opened(conversation, listing)
      isShown = true
      for (const news of early) if (!isOld(news)) notice(news, conversation)
    })
  }

  /**
   * Closes the conversation and the store. A second call waits for the first. Returns whether the conversation is kept: one in which
   * nothing was said is not.
   */
  close(): Promise<boolean> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<boolean> {
    try {
      return this.#current !== null && (await this.#put(this.#current))
    } finally {
      await this.store?.close()
    }
  }

  async #exchange(conversation: Conversation, shown?: () => void): Promise<void> {
    const before = this.#current
    this.#current = conversation
    if (before) await this.#put(before)
    shown?.()
    if (this.#options.leaving.aborted) await conversation.close({ timeout: patience })
    for (const listener of this.#listeners) listener()
  }

  async #put(conversation: Conversation): Promise<boolean> {
    await conversation.close({ timeout: patience })
    if (!this.store) return false
    try {
      const listing = await this.store.get(conversation.id)
      if (!listing || !isBlank(listing) || listing.isOpen) return listing !== null
      await this.store.delete(conversation.id)
    } catch (error) {
      // A blank one stays in the store, and lists leave it out.
      if (!TurnstateError.is(error)) throw error
    }
    return false
  }
}

/** Resolves when what the last process left open is settled and stored, or can't be. */
async function loaded(conversation: Conversation): Promise<void> {
  const { actor } = conversation
  await until(conversation, () => {
    const { status, context } = actor.getSnapshot()
    const isStored = context.stored.revision === context.view.revision && conversation.status !== 'submitted'
    return status !== 'active' || context.journalFailure !== null || (isStored && !isLoading(conversation))
  })
  // Notices of this tick are delivered in a microtask that was queued before this one.
  await Promise.resolve()
}

const isLoading = ({ actor }: Conversation): boolean => actor.getSnapshot().matches('loading')

/** Notices about what the last process did, which the reader is shown in another way. */
const isOld = (notice: ConversationNotice): boolean =>
  notice.type === 'state' || (notice.type === 'turn.failed' && notice.outcome.error?.code === 'interrupted')
