/** @jsxImportSource react */
import type { ClientConversation } from '../client/index.ts'
import { useConversation } from '../react/index.ts'
import { Composer } from './composer.tsx'
import { Message } from './message.tsx'
import type { Setup } from './server.ts'

interface Shown {
  readonly setup: Setup
  /** Creates a conversation. */
  readonly begin: () => ClientConversation
}

/** The conversation that is open, or an empty page for a new one. */
export function ConversationView({ chat, ...rest }: Shown & { readonly chat: ClientConversation | null }) {
  return (
    <main>
      {chat ? <Messages chat={chat} /> : <h1>What is on your mind?</h1>}
      <Composer chat={chat} {...rest} />
    </main>
  )
}

function Messages({ chat }: { readonly chat: ClientConversation }) {
  const ids = useConversation({ conversation: chat, select: ({ messages }) => messages.map(({ id }) => id) })
  return (
    <ol className="messages">
      {ids.map((id) => (
        <Message key={id} chat={chat} id={id} />
      ))}
    </ol>
  )
}
