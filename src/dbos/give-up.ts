// Turns that end whichever process runs them: after some takeovers nobody runs them again, and the messages behind them go on.
import type { Conversation } from '../index.ts'

/** A turn that was taken up more often than this is given up: it ends as interrupted. */
export const mostTakeovers = 3

/** A turn that ends as interrupted holds the messages behind it for a person, on one machine. In a cluster they go on. */
export function releaseAfterInterruption(chat: Conversation): void {
  const look = () => {
    if (chat.held && chat.error?.code === 'interrupted') chat.releaseQueue()
  }
  chat.subscribe(look)
  look()
}
