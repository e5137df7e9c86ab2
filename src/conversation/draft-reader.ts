import type { Actor } from 'xstate'
import type { Citation, conversationMachine, Delta, Draft, ReplyEmitted } from '../../machines/index.ts'

export interface DraftListener {
  readonly delta: (delta: Delta) => void
  readonly citation: (citation: Citation) => void
  readonly unknown: (event: Extract<ReplyEmitted, { type: 'unknown' }>) => void
}

/**
 * Follows the reply in progress. What a child actor emits does not bubble, so each new one is listened to as soon as
 * a snapshot shows it; it says nothing in the tick in which it starts, so nothing is missed.
 */
export class DraftReader {
  readonly #actor: Actor<typeof conversationMachine>
  readonly #listener: DraftListener
  #reply: unknown = undefined
  #draft: Draft | null = null

  constructor(actor: Actor<typeof conversationMachine>, listener: DraftListener) {
    this.#actor = actor
    this.#listener = listener
  }

  get draft(): Draft | null {
    return this.#draft
  }

  /** Call it with every snapshot. */
  look(): void {
    const { reply } = this.#actor.getSnapshot().children
    if (reply === this.#reply) return
    this.#reply = reply
    this.#draft = null
    reply?.on('draft.started', ({ draft }) => {
      this.#draft = draft
    })
    reply?.on('delta', this.#listener.delta)
    reply?.on('citation', this.#listener.citation)
    reply?.on('unknown', this.#listener.unknown)
  }
}
