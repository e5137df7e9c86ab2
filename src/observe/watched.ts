// What a conversation lets an observer see. It is made with every conversation, and does nothing until somebody looks.
import type { Actor } from 'xstate'
import type { conversationMachine } from '../../machines/index.ts'
import type { Requested } from '../source/message-source.ts'
import type { ReplyTarget } from '../reply/reply-request.ts'
import { TurnstateError } from '../errors.ts'
import type { Fact } from '../journal/index.ts'

/** What requests carry beside the messages. */
export interface WatchedPrompt {
  readonly target: ReplyTarget
  readonly maxTokens: number
  readonly fields: Readonly<Record<string, unknown>>
  readonly tools: readonly string[]
}

export interface WatcherCallbacks {
  readonly requested: (requested: Requested) => void
  readonly promptChanged: () => void
}

/** What an inspector may do to a conversation: methods of the conversation itself. */
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
  resolveRefusal(policy: 'drop-turn' | 'clear' | { readonly rewind: number }): void
  approveTool(callId: string): void
  denyTool(callId: string): void
  answerTool(callId: string, result: string): void
}

/** The inside of a conversation, for observers. */
export interface Watched {
  readonly actor: Actor<typeof conversationMachine>
  /** Every fact so far, stored or not. */
  readonly facts: () => readonly Fact[]
  readonly prompt: () => WatchedPrompt
  readonly now: () => number
  /** The conversation itself, once it is made: an observer may be there before. */
  readonly conversation: () => Controls
  /** Adds an observer. Returns how to end it. */
  readonly watch: (callbacks: WatcherCallbacks) => () => void
}

const insides = new WeakMap<object, Watched>()

/** Something that can be observed: a conversation, or one that is being made, of which an inspector is given no more than this. */
export interface Observable {
  /** Id of the conversation. */
  readonly id: string
}

/** Lets observers find the inside of a conversation. */
export const letBeObserved = (observable: Observable, watched: Watched): void => {
  insides.set(observable, watched)
}

/** The inside of it. @throws TurnstateError `invalid-option` for what is no conversation of this copy of turnstate */
export function watchedOf(conversation: unknown): Watched {
  const watched = typeof conversation === 'object' && conversation !== null ? insides.get(conversation) : undefined
  if (watched) return watched
  throw new TurnstateError(
    'invalid-option',
    'Only a conversation that createConversation() made can be observed, by the same copy of turnstate.',
  )
}

/** Those who look, told of what the chart does not tell. */
export class Watchers {
  readonly #all = new Set<WatcherCallbacks>()

  add(callbacks: WatcherCallbacks): () => void {
    this.#all.add(callbacks)
    return () => void this.#all.delete(callbacks)
  }

  requested(requested: Requested): void {
    this.#tell(({ requested: tell }) => tell(requested))
  }

  promptChanged(): void {
    this.#tell(({ promptChanged: tell }) => tell())
  }

  /** Whoever looks must not disturb what is looked at: one that throws is told no more. */
  #tell(tell: (callbacks: WatcherCallbacks) => void): void {
    for (const callbacks of this.#all) {
      try {
        tell(callbacks)
      } catch {
        this.#all.delete(callbacks)
      }
    }
  }
}
