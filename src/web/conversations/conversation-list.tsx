/** @jsxImportSource react */
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { forgetToken, hasToken } from '../access/access.ts'
import { Icon } from '../icons.tsx'
import { deleteConversation, renameConversation } from '../server.ts'
import { ListedConversation } from './listed-conversation.tsx'
import { saveTranscript } from './save-transcript.ts'
import { useListed } from './use-listed.ts'

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
  const [sought, setSought] = useState('')
  const words = sought.trim()
  const { entries, hasMore, trouble, fail, readMore, changed } = useListed(words)
  const list = useRef<HTMLUListElement>(null)
  const begin = useRef<HTMLButtonElement>(null)
  const current = chat?.id ?? null

  // Titles and the order change with what is said.
  useEffect(() => {
    if (!chat) return
    let title: string | null = null
    const endings = chat.on('*', ({ type }) => type.startsWith('turn.') && changed())
    const named = chat.subscribe(() => {
      if (title === chat.title) return
      ;({ title } = chat)
      changed()
    })
    return () => {
      endings()
      named()
    }
  }, [chat, changed])

  const change = (work: Promise<void>) => {
    work.then(changed, fail)
  }
  /** Gives the focus to the conversation after one that goes, or before it. */
  const focusBeside = (index: number) => {
    const rows = list.current?.querySelectorAll<HTMLElement>(':scope > li > .open') ?? []
    const next = rows[index + 1] ?? rows[index - 1] ?? begin.current
    next?.focus()
  }
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
      <button type="button" className="new" ref={begin} onClick={() => onOpen(null)}>
        <Icon name="plus" /> New conversation
      </button>
      <label className="search">
        <Icon name="search" />
        <input
          ref={search}
          type="search"
          aria-label="Search conversations by title"
          placeholder="Search titles"
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
      </label>
      {trouble !== null && (
        <p className="none bad" role="alert">
          {trouble}
        </p>
      )}
      <ul ref={list}>
        {entries?.map((each, index) => (
          <ListedConversation
            key={each.id}
            listed={each}
            isCurrent={each.id === current}
            onOpen={() => onOpen(each.id)}
            onRename={(title) => change(renameConversation(each.id, title))}
            onSave={(name, format) => void saveTranscript(each.id, name, format).catch(fail)}
            onDelete={() => {
              focusBeside(index)
              change(deleteConversation(each.id))
              if (each.id === current) onOpen(null)
            }}
          />
        ))}
        {hasMore && trouble === null && <More onSeen={readMore} />}
      </ul>
      {entries?.length === 0 && (
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

/** The end of what is read of the list: it asks for more when it comes into view, or nearly. */
function More({ onSeen }: { readonly onSeen: () => void }) {
  const place = useRef<HTMLLIElement>(null)
  useEffect(() => {
    const watch = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && onSeen(), {
      root: place.current?.parentElement ?? null,
      rootMargin: '400px',
    })
    if (place.current) watch.observe(place.current)
    return () => watch.disconnect()
    // Each time that it is drawn: it may still be in view after more has come.
  })
  return <li ref={place} className="further" aria-hidden="true" />
}
