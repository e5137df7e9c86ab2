/** @jsxImportSource react */
import { type FormEvent, useState } from 'react'
import type { ClientConversation } from '../client/index.ts'

/** Where a message is written. */
export function Composer({
  chat,
  begin,
}: {
  readonly chat: ClientConversation | null
  readonly begin: () => ClientConversation
}) {
  const [text, setText] = useState('')
  const send = (event: FormEvent) => {
    event.preventDefault()
    if (text.trim() === '') return
    ;(chat ?? begin()).sendMessage(text)
    setText('')
  }
  return (
    <form className="composer" onSubmit={send}>
      <textarea aria-label="Message" value={text} onChange={(event) => setText(event.currentTarget.value)} />
      <button>Send</button>
    </form>
  )
}
