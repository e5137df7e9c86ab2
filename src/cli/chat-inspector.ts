import type { Inspector } from '../observe/inspector.ts'
import type { ChatFlags } from './chat-flags.ts'
import type { Host } from './host.ts'
import { addressVariable } from './inspector-tokens.ts'

/** Where a chat is shown. */
export interface ChatInspector extends Inspector {
  readonly url: string
  /** The address that can control the chat too, as far as the chat knows one. */
  readonly controlUrl: string | null
  /** It was started for the chat, and ends with it. */
  readonly isOwn: boolean
  close(): Promise<void>
}

/** What a chat is called in an inspector. */
const name = 'turnstate chat'

/**
 * The inspector that the flags ask for: one that runs already, or one of the chat's own.
 *
 * @throws TurnstateError `invalid-option` for an address in the environment that is none, `inspector-unreachable`,
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
