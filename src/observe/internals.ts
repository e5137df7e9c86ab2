// What a conversation exposes to observers. Made with every conversation; costs nothing until somebody observes it.
import type { Actor } from 'xstate'
import type { conversationMachine } from '../../machines/index.ts'
import type { Requested } from '../source/message-source.ts'
import type { ReplyTarget } from '../reply/reply-request.ts'
import { TurnstateError } from '../errors.ts'
import type { Fact, RejectionPolicy, ResetPolicy } from '../journal/index.ts'

/** What every request carries besides the messages. */
export interface ObservedPrompt {
  readonly target: ReplyTarget
  readonly maxTokens: number
  readonly fields: Readonly<Record<string, unknown>>
  readonly tools: readonly string[]
}

/** Called for what XState's inspection events do not contain. */
export interface ObserverCallbacks {
  readonly requested: (requested: Requested) => void
  readonly promptChanged: () => void
}

/** The conversation's own methods that an inspector may call. */
interface Controls {
  readonly pendingCalls: readonly { readonly callId: string; readonly input: unknown }[]
  sendMessage(text: string): unknown
  stop(): void
  retry(): unknown
  clear(): void
  compact(): unknown
  releaseQueue(): void
  close(): unknown
  setModel(model: string): void
  resolveRefusal(policy: ResetPolicy): void
  resolveRejection(policy: RejectionPolicy): void
  approveTool(callId: string): void
  denyTool(callId: string): void
  answerTool(callId: string, result: string): void
}

/** The internals of a conversation, for observers. */
export interface ConversationInternals {
  readonly actor: Actor<typeof conversationMachine>
  /** All facts so far, including those that are not stored yet. */
  readonly facts: () => readonly Fact[]
  readonly prompt: () => ObservedPrompt
  /** Milliseconds since 1970, by the conversation's clock. */
  readonly now: () => number
  /** The conversation. An observer may be attached before it exists: then this throws `conversation-busy`. */
  readonly conversation: () => Controls
  /** Adds an observer. Returns a function that removes it. */
  readonly observe: (callbacks: ObserverCallbacks) => () => void
}

/** What makes internals when they are first asked for: most conversations are observed by nobody. */
export interface HasInternals {
  readonly internals: ConversationInternals
}

const registered = new WeakMap<object, HasInternals>()

/** A conversation, or one that is still being created: `attach()` of an inspector is given no more than its id. */
export interface ObservedConversation {
  /** Id of the conversation. */
  readonly id: string
}

/** Lets observers find the internals of a conversation. */
export const registerInternals = (conversation: ObservedConversation, owner: HasInternals): void => {
  registered.set(conversation, owner)
}

/** The internals of a conversation. @throws TurnstateError `invalid-option` for anything else, or another copy's conversation */
export function internalsOf(conversation: unknown): ConversationInternals {
  const internals =
    typeof conversation === 'object' && conversation !== null ? registered.get(conversation)?.internals : undefined
  if (internals) return internals
  throw new TurnstateError(
    'invalid-option',
    'Only conversations that createConversation() of this copy of turnstate returned can be observed.',
  )
}

/** The observers of one conversation. */
export class Observers {
  readonly #all = new Set<ObserverCallbacks>()

  add(callbacks: ObserverCallbacks): () => void {
    this.#all.add(callbacks)
    return () => void this.#all.delete(callbacks)
  }

  requested(requested: Requested): void {
    this.#callEach((callbacks) => callbacks.requested(requested))
  }

  promptChanged(): void {
    this.#callEach((callbacks) => callbacks.promptChanged())
  }

  /** Removes an observer that throws: observing must not disturb the conversation. */
  #callEach(call: (callbacks: ObserverCallbacks) => void): void {
    for (const callbacks of this.#all) {
      try {
        call(callbacks)
      } catch {
        this.#all.delete(callbacks)
      }
    }
  }
}
