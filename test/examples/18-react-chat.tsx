/** @jsxImportSource react */
import { type FormEvent, memo } from 'react'
import { type ReactConversation, type ShownMessage, useConversation } from 'turnstate/react'

/** What stands in the place of a reply that is void, or that never came. */
const notes: Partial<Record<ShownMessage['status'], string>> = {
  retracted: 'This reply was taken back.',
  failed: 'No reply.',
}

/** A settled message is the same object for good, so `memo` renders it once. */
const Message = memo(function Message({ message }: { readonly message: ShownMessage }) {
  return (
    <li className={`${message.role} ${message.status}`}>
      {notes[message.status] ??
        message.parts.map((part, index) => part.type === 'text' && <p key={index}>{part.text}</p>)}
    </li>
  )
})

export function Chat({ conversation }: { readonly conversation: ReactConversation }) {
  const chat = useConversation({ conversation })
  const isBusy = chat.status === 'submitted' || chat.status === 'streaming'

  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const text = new FormData(event.currentTarget).get('text')
    if (typeof text !== 'string' || text.trim() === '' || !chat.canSend) return
    chat.sendMessage(text)
    event.currentTarget.reset()
  }

  return (
    <main>
      <ul>
        {chat.messages.map((message) => (
          <Message key={message.id} message={message} />
        ))}
      </ul>

      {chat.refusal && (
        <div role="alert">
          <p>{chat.refusal.messageForUser}</p>
          {chat.status === 'refused' && (
            <>
              <button onClick={() => chat.resolveRefusal('drop-turn')}>Continue without it</button>
              <button onClick={() => chat.resolveRefusal('clear')}>Start over</button>
            </>
          )}
        </div>
      )}

      {chat.approvals.map(({ callId, name, input, approve, deny }) => (
        <div key={callId} role="alertdialog" aria-label={name}>
          <pre>{JSON.stringify(input)}</pre>
          <button onClick={approve}>Allow</button>
          <button onClick={() => deny('The user said no.')}>Don't allow</button>
        </div>
      ))}

      {chat.error && chat.status === 'error' && (
        <div role="alert">
          <p>{chat.error.message}</p>
          <button onClick={() => chat.retry()}>Try again</button>
        </div>
      )}

      <form onSubmit={send}>
        <input name="text" aria-label="Message" />
        {isBusy ? (
          <button type="button" onClick={() => chat.stop()}>
            Stop
          </button>
        ) : (
          <button disabled={!chat.canSend}>Send</button>
        )}
      </form>
    </main>
  )
}
