import { systemClock, unref } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { Conversation } from '../index.ts'

/**
 * Resolves once everything that was decided so far is stored.
 *
 * @throws TurnstateError `journal-write-failed` when the store has not taken it after the option `saveTimeout`: the conversation keeps
 * it, and goes on trying. The same, or `conversation-lost`, when the conversation is over before that.
 */
export async function onceStored({ actor }: Conversation): Promise<void> {
  const { view, settings } = actor.getSnapshot().context
  const isStored = () => actor.getSnapshot().context.stored.revision >= view.revision
  if (isStored()) return
  await new Promise<void>((resolve) => {
    const end = () => {
      systemClock.clearTimeout(timer)
      resolve()
    }
    const timer = systemClock.setTimeout(() => {
      subscription.unsubscribe()
      resolve()
    }, settings.saveTimeout)
    unref(timer)
    const subscription = actor.subscribe({
      next: () => {
        if (!isStored()) return
        subscription.unsubscribe()
        end()
      },
      complete: end,
      error: end,
    })
  })
  if (isStored()) return
  if (actor.getSnapshot().matches('lost'))
    throw new TurnstateError('conversation-lost', 'Another process has taken over the conversation. Send it again.')
  throw new TurnstateError('journal-write-failed', 'The store has not taken it yet.', {
    retryAfter: settings.saveRetry,
  })
}
