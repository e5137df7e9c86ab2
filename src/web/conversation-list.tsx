/** @jsxImportSource react */
import { useEffect, useState } from 'react'
import { type Listed, listConversations } from './server.ts'

/** The conversations of this person. */
export function ConversationList({
  current,
  onOpen,
}: {
  readonly current: string | null
  readonly onOpen: (id: string | null) => void
}) {
  const [listed, setListed] = useState<readonly Listed[]>([])
  useEffect(() => {
    listConversations().then(setListed, () => {})
  }, [current])
  return (
    <nav className="conversations" aria-label="Conversations">
      <button className="new" onClick={() => onOpen(null)}>
        New conversation
      </button>
      <ul>
        {listed.map(({ id, title }) => (
          <li key={id}>
            <button aria-current={id === current} onClick={() => onOpen(id)}>
              {title ?? 'New conversation'}
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}
