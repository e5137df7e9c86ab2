// Where the inspector shows a conversation, or one moment of it.
import type { Step } from './story.ts'

/** The inspector's address for a conversation: as it is now, or as it was when it entered a state. */
export function inspectorAt(inspector: string, conversation: string, step?: Step): string {
  const address = new URL(inspector)
  address.hash = new URLSearchParams({
    conversation,
    ...(step ? { revision: String(step.revision), state: step.state } : {}),
  }).toString()
  return address.href
}
