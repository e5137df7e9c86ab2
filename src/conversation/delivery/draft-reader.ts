import type { Actor } from 'xstate'
import type { Arriving, conversationMachine, Draft } from '../../../machines/index.ts'

/**
 * Follows the reply in progress. What a child actor emits does not bubble to its parent, so each new one is listened to as soon
 * as a snapshot shows it. It emits nothing in the tick in which it starts, so nothing is missed.
 */
export class DraftReader {
  readonly #actor: Actor<typeof conversationMachine>
  readonly #arrived: (event: Arriving) => void
  #reply: unknown = undefined
  #draft: Draft | null = null

  constructor(actor: Actor<typeof conversationMachine>, arrived: (event: Arriving) => void) {
    this.#actor = actor
    this.#arrived = arrived
  }

  /** The reply in progress; `null` between replies, and before the first request. */
  get draft(): Draft | null {
    return this.#draft
  }

  /** Looks for a new reply. Call it with every snapshot. */
  look(): void {
    const { reply } = this.#actor.getSnapshot().children
    if (reply === this.#reply) return
    this.#reply = reply
    this.#draft = null
    if (!reply) return
    reply.on('draft.started', ({ draft }) => {
      this.#draft = draft
      if (draft.hear) return draft.hear(this.#arrived)
      for (const type of ['delta', 'citation', 'unknown'] as const) reply.on(type, this.#arrived)
    })
  }
}
