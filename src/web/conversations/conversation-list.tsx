/** @jsxImportSource react */
import { type RefObject, useCallback, useEffect, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { messageOf } from '../../errors.ts'
import { forgetToken, hasToken } from '../access/access.ts'
import { Icon } from '../icons.tsx'
import { type Listed, deleteConversation, listConversations, renameConversation } from '../server.ts'
import { ListedConversation } from './listed-conversation.tsx'
import { saveTranscript } from './save-transcript.ts'

/** The conversations of this person. */
export function ConversationList({
  chat,
  search,
  onOpen,
  onHelp,
}: {
  readonly chat: ClientConversation | null
  readonly search: RefObject<HTMLInputElement | null>
  readonly onOpen: (id: string | null) => void
  readonly onHelp: () => void
}) {
  const [listed, setListed] = useState<readonly Listed[] | null>(null)
  const [trouble, setTrouble] = useState<string | null>(null)
  const [sought, setSought] = useState('')
  const current = chat?.id ?? null

  const read = useCallback(async () => {
    try {
      setListed(await listConversations())
      setTrouble(null)
    } catch (error) {
      setTrouble(messageOf(error))
    }
  }, [])
  const look = useCallback(() => void read(), [read])
  useEffect(() => {
    look()
    addEventListener('focus', look)
    return () => removeEventListener('focus', look)
  }, [look])
  // Titles and the order change with what is said.
  useEffect(() => {
    if (!chat) return
    let title: string | null = null
    const endings = chat.on('*', ({ type }) => type.startsWith('turn.') && look())
    const named = chat.subscribe(() => {
      if (title === chat.title) return
      ;({ title } = chat)
      look()
    })
    return () => {
      endings()
      named()
    }
  }, [chat, look])

  const change = (work: Promise<void>) => {
    work.then(look, (error: unknown) => setTrouble(messageOf(error)))
  }
  const words = sought.trim().toLowerCase()
  const found = (listed ?? []).filter(({ title }) => (title ?? '').toLowerCase().includes(words))
  return (
    <nav className="conversations" aria-label="Conversations">
      <div className="brand">
        <strong>turnstate</strong>
        <button
          type="button"
          className="quiet"
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={onHelp}
        >
          <Icon name="help" />
        </button>
      </div>
      <button type="button" className="new" onClick={() => onOpen(null)}>
        <Icon name="plus" /> New conversation
      </button>
      <label className="search">
        <Icon name="search" />
        <input
          ref={search}
          type="search"
          aria-label="Search conversations"
          placeholder="Search"
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      </label>
      {trouble !== null && <p role="alert">{trouble}</p>}
      <ul>
        {found.map((each) => (
          <ListedConversation
            key={each.id}
            listed={each}
            isCurrent={each.id === current}
            onOpen={() => onOpen(each.id)}
            onRename={(title) => change(renameConversation(each.id, title))}
            onSave={(name, format) => change(saveTranscript(each.id, name, format))}
            onDelete={() => {
              change(deleteConversation(each.id))
              if (each.id === current) onOpen(null)
            }}
          />
        ))}
      </ul>
      {listed !== null && found.length === 0 && (
        <p className="none">{words === '' ? 'No conversations yet.' : 'None has these words in its title.'}</p>
      )}
      {hasToken() && (
        <button type="button" className="quiet forget" onClick={forgetToken}>
          Forget the token
        </button>
      )}
    </nav>
  )
}
