/** @jsxImportSource react */
// Renders on a server. Bundled with each version of React.
import { type ReactNode, StrictMode, version } from 'react'
import { renderToString } from 'react-dom/server'
import type { ReactConversation, ShownConversation } from 'turnstate/react'
import { useConversation, useMessage } from 'turnstate/react'
import { Chat } from '../examples/18-react-chat.tsx'

export { version }

export const renderChat = (conversation: ReactConversation): string =>
  renderToString(
    <StrictMode>
      <Chat conversation={conversation} />
    </StrictMode>,
  )

function Selected({
  conversation,
  select,
}: {
  readonly conversation: ReactConversation
  readonly select: (shown: ShownConversation) => ReactNode
}) {
  return <>{useConversation({ conversation, select })}</>
}

export const renderSelected = (
  conversation: ReactConversation,
  select: (shown: ShownConversation) => ReactNode,
): string => renderToString(<Selected conversation={conversation} select={select} />)

function Message({ conversation, id }: { readonly conversation: ReactConversation; readonly id: string }) {
  const message = useMessage({ conversation, id })
  return <>{message ? `${message.role}: ${message.status}` : 'none'}</>
}

export const renderMessage = (conversation: ReactConversation, id: string): string =>
  renderToString(<Message conversation={conversation} id={id} />)
