import type { Inspector } from '../inspect/observe/inspector.ts'
import type { ChatFlags } from './chat-flags.ts'

/** Where a chat is shown. */
export interface ChatInspector extends Inspector {
  readonly url: string
  close(): Promise<void>
}

/** What a chat is called in an inspector. */
const name = 'turnstate chat'

/**
 * The inspector that the flags ask for: one that runs already, or one of the chat's own.
 *
 * @throws TurnstateError `inspector-unreachable`, `port-unavailable`, `not-available`
 */
export async function inspectorFor(flags: ChatFlags): Promise<ChatInspector | null> {
  const { inspect, allowControl = false, includeText = false } = flags
  if (inspect === undefined) return null
  if (inspect === true) {
    const { startInspector } = await import('../inspect/web/start-inspector.ts')
    return startInspector({ allowControl, includeText, name })
  }
  const { connectInspector } = await import('../inspect/link/connect-inspector.ts')
  return { url: inspect, ...(await connectInspector(inspect, { allowControl, includeText, name })) }
}
