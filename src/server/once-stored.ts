import { systemClock, unref } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import type { Conversation } from '../index.ts'

/**
 * Resolves once everything that was decided so far is stored.
 *
 * @param deciding what the conversation returned for the last decision. Default: it was made at once.
 * @throws TurnstateError `journal-write-failed` when the store has not taken it after the option `saveTimeout`: the conversation keeps
 * it, and goes on trying. The same, or `conversation-lost`, when the conversation is over before that. And what `deciding` rejects with.
 */
export async function onceStored({ actor }: Conversation, deciding?: PromiseLike<unknown>): Promise<void> {
  const { saveTimeout, saveRetry } = actor.getSnapshot().context.settings
  const isStored = await within(saveTimeout, async (late) => {
    await deciding
    return stored(actor, late)
  })
  if (isStored) return
  if (actor.getSnapshot().matches('lost'))
    throw new TurnstateError('conversation-lost', 'Another process has taken over the conversation. Send it again.')
  throw new TurnstateError('journal-write-failed', 'The store has not taken it yet.', { retryAfter: saveRetry })
}

type Actor = Conversation['actor']

const none = { unsubscribe: () => {} }

/** Whether the store takes what is decided now, before it is too late and the conversation over. */
async function stored(actor: Actor, late: AbortSignal): Promise<boolean> {
  const { revision } = actor.getSnapshot().context.view
  const isThere = () => actor.getSnapshot().context.stored.revision >= revision
  if (isThere()) return true
  let subscription: { unsubscribe(): void } = none
  await new Promise<void>((resolve) => {
    subscription = actor.subscribe({
      next: () => void (isThere() && resolve()),
      complete: resolve,
      error: () => resolve(),
    })
    late.addEventListener('abort', () => resolve())
  })
  subscription.unsubscribe()
  return isThere()
}

/** What the work says if it ends in so many milliseconds, else `false`. */
async function within(milliseconds: number, work: (late: AbortSignal) => Promise<boolean>): Promise<boolean> {
  const late = new AbortController()
  const timer = systemClock.setTimeout(() => late.abort(), milliseconds)
  unref(timer)
  const tooLate = new Promise<false>((resolve) => late.signal.addEventListener('abort', () => resolve(false)))
  try {
    return await Promise.race([work(late.signal), tooLate])
  } finally {
    systemClock.clearTimeout(timer)
  }
}
