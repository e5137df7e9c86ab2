/** @jsxImportSource react */
import type { ClientConversation } from '../client/index.ts'
import { useMessage } from '../react/index.ts'

/** One message of the transcript. */
export function Message({ chat, id }: { readonly chat: ClientConversation; readonly id: string }) {
  const message = useMessage({ conversation: chat, id })
  if (!message) return null
  return (
    <li className={`message ${message.role} ${message.status}`}>
      {message.parts.map((part, index) => part.type === 'text' && <p key={index}>{part.text}</p>)}
    </li>
  )
}
