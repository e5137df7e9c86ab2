/** @jsxImportSource react */
import { type FormEvent, type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Icon } from '../icons.tsx'
import type { Listed } from '../server.ts'

/** One conversation of the list, with what can be done to it. */
export function ListedConversation({
  listed: { title },
  isCurrent,
  onOpen,
  onRename,
  onSave,
  onDelete,
}: {
  readonly listed: Listed
  readonly isCurrent: boolean
  readonly onOpen: () => void
  readonly onRename: (title: string) => void
  readonly onSave: (name: string, format: 'md' | 'json') => void
  readonly onDelete: () => void
}) {
  const [doing, setDoing] = useState<'nothing' | 'menu' | 'rename' | 'delete'>('nothing')
  const name = title ?? 'New conversation'
  const place = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (doing !== 'menu') return
    const elsewhere = ({ target }: Event) => {
      if (target instanceof Node && !place.current?.contains(target)) setDoing('nothing')
    }
    addEventListener('pointerdown', elsewhere)
    addEventListener('focusin', elsewhere)
    return () => {
      removeEventListener('pointerdown', elsewhere)
      removeEventListener('focusin', elsewhere)
    }
  }, [doing])
  const escaped = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || doing === 'nothing') return
    event.stopPropagation()
    setDoing('nothing')
    place.current?.querySelector<HTMLElement>('.more')?.focus()
  }
  if (doing === 'rename')
    return (
      <li ref={place} onKeyDown={escaped}>
        <Rename
          title={name}
          onDone={(next) => {
            setDoing('nothing')
            if (next !== null && next !== name) onRename(next)
          }}
        />
      </li>
    )
  return (
    <li ref={place} className={isCurrent ? 'current' : ''} onKeyDown={escaped}>
      <button
        type="button"
        className="open"
        aria-current={isCurrent ? 'page' : undefined}
        dir="auto"
        title={name}
        onClick={onOpen}
      >
        {name}
      </button>
      <button
        type="button"
        className="quiet more"
        aria-label={`More for ${name}`}
        aria-expanded={doing === 'menu'}
        onClick={() => setDoing(doing === 'menu' ? 'nothing' : 'menu')}
      >
        <Icon name="more" />
      </button>
      {doing === 'menu' && (
        <ul className="menu" aria-label={`For ${name}`}>
          <li>
            <button type="button" onClick={() => setDoing('rename')}>
              Rename
            </button>
          </li>
          <li>
            <button type="button" onClick={() => onSave(name, 'md')}>
              Save as Markdown
            </button>
          </li>
          <li>
            <button type="button" onClick={() => onSave(name, 'json')}>
              Save as JSON
            </button>
          </li>
          <li>
            <button type="button" className="bad" onClick={() => setDoing('delete')}>
              Delete…
            </button>
          </li>
        </ul>
      )}
      {doing === 'delete' && <AskDelete name={name} onDelete={onDelete} onEnd={() => setDoing('nothing')} />}
    </li>
  )
}

function Rename({ title, onDone }: { readonly title: string; readonly onDone: (title: string | null) => void }) {
  const [text, setText] = useState(title)
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  const send = (event: FormEvent) => {
    event.preventDefault()
    // Whoever leaves the field has named it.
    field.current?.blur()
  }
  return (
    <form className="rename" onSubmit={send}>
      <input
        ref={field}
        aria-label="Title"
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={() => onDone(text)}
      />
    </form>
  )
}

function AskDelete({
  name,
  onDelete,
  onEnd,
}: {
  readonly name: string
  readonly onDelete: () => void
  readonly onEnd: () => void
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} className="ask" aria-label="Delete the conversation?" onClose={onEnd}>
      <h2>Delete the conversation?</h2>
      <p>
        “<span dir="auto">{name}</span>” is erased, for all who use it. This can’t be undone.
      </p>
      <form method="dialog">
        <button>Keep it</button>
        <button className="bad" onClick={onDelete}>
          Delete
        </button>
      </form>
    </dialog>
  )
}
