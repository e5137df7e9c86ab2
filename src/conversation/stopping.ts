import { longestTimer } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { Conversation } from './conversation-interface.ts'
import type { Running } from './running.ts'
import type { Sender } from './sending.ts'

type Stopping = Pick<Conversation, 'stop' | 'withdraw' | 'releaseQueue' | 'close'>

/** The methods that stop what was sent, let what waits continue, and end the conversation. */
export function createStopping(running: Running, sender: Sender): Stopping {
  const { actor } = running
  return {
    stop() {
      sender.stopWaiting()
      if (running.snapshot.status !== 'active') return Promise.resolve()
      actor.send({ type: 'user.stop' })
      return sender.afterStoring()
    },
    withdraw(turnId) {
      running.ensureOpen()
      if (!running.view.queue.some((item) => item.turnId === turnId))
        throw new TurnstateError(
          'item-unknown',
          `No message with the id ${turnId} waits in the queue; chat.queue lists those that do.`,
        )
      actor.send({ type: 'queue.withdraw', turnId })
    },
    releaseQueue() {
      running.ensureOpen()
      actor.send({ type: 'queue.release' })
    },
    close({ timeout } = {}) {
      if (timeout !== undefined && !(typeof timeout === 'number' && timeout >= 0 && timeout <= longestTimer))
        throw new TurnstateError(
          'invalid-option',
          `The timeout of close() is a number of milliseconds from 0 to ${longestTimer}.`,
        )
      if (running.snapshot.status === 'active')
        actor.send({ type: 'conversation.close', ...(timeout === undefined ? {} : { timeout }) })
      return running.closed
    },
  }
}
