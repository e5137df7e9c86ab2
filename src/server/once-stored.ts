import type { Conversation } from '../index.ts'

/** Resolves once everything that was decided so far is stored, or the conversation is over. */
export function onceStored(chat: Conversation): Promise<void> {
  const { revision } = chat.actor.getSnapshot().context.view
  const isDone = () => chat.revision >= revision || chat.status === 'closed'
  if (isDone()) return Promise.resolve()
  return new Promise((resolve) => {
    const end = chat.subscribe(() => {
      if (!isDone()) return
      end()
      resolve()
    })
  })
}
