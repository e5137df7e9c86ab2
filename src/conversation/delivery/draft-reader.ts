import type { Actor } from 'xstate'
import type { Citation, conversationMachine, Delta, Draft, ReplyEmitted } from '../../../machines/index.ts'

/** The events of a reply in progress. */
export type Arriving = Delta | Citation | Extract<ReplyEmitted, { type: 'unknown' }>

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
    reply?.on('draft.started', ({ draft }) => {
      this.#draft = draft
    })
    reply?.on('delta', this.#arrived)
    reply?.on('citation', this.#arrived)
    reply?.on('unknown', this.#arrived)
  }
}
