import type { Conversation } from '../conversation/conversation-interface.ts'

/** Resolves once it is so. */
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
