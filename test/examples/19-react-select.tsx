/** @jsxImportSource react */
import { type ReactConversation, useConversation, useMessage } from 'turnstate/react'

interface Shown {
  readonly conversation: ReactConversation
}

export function Messages({ conversation }: Shown) {
  const ids = useConversation({ conversation, select: ({ messages }) => messages.map(({ id }) => id) })
  return ids.map((id) => <Message key={id} conversation={conversation} id={id} />)
}

function Message({ conversation, id }: Shown & { readonly id: string }) {
  const message = useMessage({ conversation, id })
  return <p>{message?.parts.map((part) => (part.type === 'text' ? part.text : ''))}</p>
}

export function StopButton({ conversation }: Shown) {
  const { isBusy, stop } = useConversation({
    conversation,
    select: ({ status, stop: end }) => ({ isBusy: status === 'submitted' || status === 'streaming', stop: end }),
  })
  return isBusy && <button onClick={() => stop()}>Stop</button>
}
