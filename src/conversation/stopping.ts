import { longestTimer } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { CloseOptions, Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'

/** The methods that stop what was sent, let what waits continue, and end the conversation. */
export class Stopping implements Pick<Conversation, 'stop' | 'withdraw' | 'releaseQueue' | 'close'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  stop(): PromiseLike<void> {
    const { running, sender } = this.#core
    sender.stopWaiting()
    if (running.snapshot.status !== 'active') return Promise.resolve()
    running.actor.send({ type: 'user.stop' })
    return sender.afterStoring()
  }

  withdraw(turnId: string): void {
    const { running } = this.#core
    running.ensureOpen()
    if (!running.view.queue.some((item) => item.turnId === turnId))
      throw new TurnstateError(
        'item-unknown',
        `No message with the id ${turnId} waits in the queue; chat.queue lists those that do.`,
      )
    running.actor.send({ type: 'queue.withdraw', turnId })
  }

  releaseQueue(): void {
    const { running } = this.#core
    running.ensureOpen()
    running.actor.send({ type: 'queue.release' })
  }

  close({ timeout }: CloseOptions = {}): Promise<void> {
    const { running } = this.#core
    if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0 && timeout <= longestTimer))
      throw new TurnstateError(
        'invalid-option',
        `The timeout of close() is a number of milliseconds from 0 to ${longestTimer}.`,
      )
    if (running.snapshot.status === 'active')
      running.actor.send({ type: 'conversation.close', ...(timeout === undefined ? {} : { timeout }) })
    return running.closed
  }
}
