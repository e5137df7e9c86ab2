import type { Inspector } from '../observe/inspector.ts'
import type { ChatFlags } from './chat-flags.ts'
import type { Host } from './host.ts'
import { addressVariable } from './inspector-tokens.ts'

/** The inspector that shows a chat. */
export interface ChatInspector extends Inspector {
  readonly url: string
  /** The address with control; `null` if it does not exist or is unknown. */
  readonly controlUrl: string | null
  /** Whether it was started for the chat and ends with it. */
  readonly isOwn: boolean
  close(): Promise<void>
}

/** Name of the chat in the inspector's list. */
const name = 'turnstate chat'

/**
 * The inspector that the flags ask for: a running one, or a new one. `null` without --inspect.
 *
 * @throws TurnstateError `invalid-option` for a wrong address in the environment, `inspector-unreachable`,
 * `port-unavailable`, `not-available`
 */
export async function inspectorFor(flags: ChatFlags, { env }: Host): Promise<ChatInspector | null> {
  const { inspect, allowControl = false, includeText = false } = flags
  if (inspect === undefined) return null
  const address = inspect === true ? env[addressVariable] || undefined : inspect
  if (address === undefined) {
    const { startInspector } = await import('../inspect/web/start-inspector.ts')
    return { isOwn: true, ...(await startInspector({ allowControl, includeText, name })) }
  }
  const { connectInspector } = await import('../inspect/link/connect-inspector.ts')
  const connection = await connectInspector(address, { allowControl, includeText, name })
  return {
    url: address,
    controlUrl: null,
    isOwn: false,
    attach: (conversation) => connection.attach(conversation),
    close: () => connection.close(),
  }
}
