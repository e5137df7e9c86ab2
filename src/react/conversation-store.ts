// What components read of a conversation. A reply in progress grows between two reads, so what is shown changes only when the
// conversation calls its subscribers: all components of a frame show the same, and each frame is rendered once.
import type { PendingCall } from '../index.ts'
import { keepingItems, saysTheSame } from '../same-data.ts'
import { actionsOf } from './actions.ts'
import type { ReactConversation } from './react-conversation.ts'
import type { Approval, ConversationActions, ShownConversation, ShownMessage } from './shown-conversation.ts'

/** The state of one conversation, for `useSyncExternalStore`. Its functions need no `this`. */
export class ConversationStore {
  readonly #chat: ReactConversation
  readonly #actions: ConversationActions
  readonly #listeners = new Set<() => void>()
  #shown: ShownConversation
  /** Ends the subscription to the conversation; `null` while no component is mounted. */
  #end: (() => void) | null = null
  /** What the components of a page that came from a server begin with. */
  #hydrated: ShownConversation | null = null
  #messages: { readonly of: readonly ShownMessage[]; readonly byId: ReadonlyMap<string, ShownMessage> } | null = null

  constructor(chat: ReactConversation) {
    this.#chat = chat
    this.#actions = actionsOf(chat)
    this.#shown = this.#read(null)
  }

  /** Calls the listener when something that is shown has changed. Returns a function that ends it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    // Wrapped, so that each call of this is one entry.
    const entry = () => listener()
    this.#listeners.add(entry)
    if (this.#end === null) {
      this.#end = this.#chat.subscribe(this.#changed)
      this.#look()
    }
    return () => {
      if (!this.#listeners.delete(entry) || this.#listeners.size > 0) return
      this.#end?.()
      this.#end = null
    }
  }

  /** What is shown. The same object until something has changed. */
  readonly shown = (): ShownConversation => {
    // Nobody says so while nobody subscribes.
    if (this.#end === null) this.#look()
    return this.#shown
  }

  /**
   * What a server renders, and what its page is compared with in the browser. There it stays what it was at first: parts of the page
   * may follow later, and all of it was rendered at one time.
   */
  readonly shownByServer = (): ShownConversation =>
    typeof document === 'undefined' ? this.shown() : (this.#hydrated ??= this.shown())

  /** The message with this id, of what is shown. */
  message({ messages }: ShownConversation, id: string): ShownMessage | undefined {
    if (this.#messages?.of !== messages)
      this.#messages = { of: messages, byId: new Map(messages.map((message) => [message.id, message])) }
    return this.#messages.byId.get(id)
  }

  readonly #changed = (): void => {
    if (this.#look()) for (const listener of this.#listeners) listener()
  }

  /** @returns whether anything has changed */
  #look(): boolean {
    const before = this.#shown
    this.#shown = this.#read(before)
    return this.#shown !== before
  }

  #read(before: ShownConversation | null): ShownConversation {
    const { id, title, status, canSend, messages, queue, held, pendingCalls } = this.#chat
    const { refusal, rejection, usage, error, model, connection = null } = this.#chat
    const now: ShownConversation = {
      id,
      title,
      status,
      canSend,
      messages: before === null ? messages : keepingItems(before.messages, messages),
      queue,
      held,
      pendingCalls,
      approvals: before?.pendingCalls === pendingCalls ? before.approvals : this.#approvals(pendingCalls, before),
      refusal,
      rejection,
      usage,
      error,
      model,
      connection,
      ...this.#actions,
    }
    // One level: its values are compared by identity.
    return before !== null && saysTheSame(before, now, 1) ? before : now
  }

  #approvals(calls: readonly PendingCall[], before: ShownConversation | null): readonly Approval[] {
    const waiting = calls.filter(({ needs }) => needs === 'approval')
    const approvals = waiting.map((call): Approval => {
      const { turnId, callId } = call
      const known = before?.approvals.find((approval) => approval.callId === callId && approval.turnId === turnId)
      return (
        known ?? {
          ...call,
          approve: () => this.#chat.approveTool(callId),
          // It may be the handler of a click, which is given the event.
          deny: (reason) => this.#chat.denyTool(callId, typeof reason === 'string' ? reason : undefined),
        }
      )
    })
    return before !== null && saysTheSame(before.approvals, approvals, 1) ? before.approvals : approvals
  }
}

const stores = new WeakMap<ReactConversation, ConversationStore>()

/** The store of a conversation: all components share it. */
export function storeOf(chat: ReactConversation): ConversationStore {
  let store = stores.get(chat)
  if (!store) stores.set(chat, (store = new ConversationStore(chat)))
  return store
}
