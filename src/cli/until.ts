import type { Conversation } from '../conversation/conversation-interface.ts'

/** Resolves when `isSo` returns true; it is checked after each change of the conversation. */
export async function until(conversation: Conversation, isSo: () => boolean): Promise<void> {
  if (isSo()) return
  await new Promise<void>((resolve) => {
    const unsubscribe = conversation.subscribe(() => {
      if (!isSo()) return
      unsubscribe()
      resolve()
    })
  })
}
