/** @jsxImportSource react */
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
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
  /** The focus is nowhere: it must be given to something that stays. */
  readonly onDelete: () => void
}) {
  const [doing, setDoing] = useState<'nothing' | 'menu' | 'rename' | 'delete'>('nothing')
  const name = title ?? 'New conversation'
  const place = useRef<HTMLLIElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const comesBack = useRef(false)
  useLayoutEffect(() => {
    if (doing !== 'nothing' || !comesBack.current) return
    comesBack.current = false
    button.current?.focus()
  }, [doing])
  /** Ends what is being done, and gives the focus back to where it began. */
  const comeBack = () => {
    comesBack.current = true
    setDoing('nothing')
  }
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
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape' && doing !== 'nothing') {
      event.stopPropagation()
      comeBack()
    } else if (doing === 'nothing' && (event.key === 'F2' || event.key === 'Delete')) {
      event.preventDefault()
      setDoing(event.key === 'F2' ? 'rename' : 'delete')
    }
  }
  const save = (format: 'md' | 'json') => {
    onSave(name, format)
    comeBack()
  }
  return (
    <li ref={place} className={isCurrent ? 'current' : ''} onKeyDown={pressed}>
      {doing === 'rename' ? (
        <Rename
          title={name}
          onDone={(next, isByKey) => {
            if (isByKey) comeBack()
            else setDoing('nothing')
            if (next !== name) onRename(next)
          }}
        />
      ) : (
        <>
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
            ref={button}
            type="button"
            className="quiet more"
            aria-label={`More for ${name}`}
            aria-expanded={doing === 'menu'}
            onClick={() => setDoing(doing === 'menu' ? 'nothing' : 'menu')}
          >
            <Icon name="more" />
          </button>
        </>
      )}
      {doing === 'menu' && (
        <Menu name={name} beside={button} onEnd={() => setDoing('nothing')}>
          <li>
            <button type="button" onClick={() => setDoing('rename')}>
              Rename
            </button>
          </li>
          <li>
            <button type="button" onClick={() => save('md')}>
              Save as Markdown
            </button>
          </li>
          <li>
            <button type="button" onClick={() => save('json')}>
              Save as JSON
            </button>
          </li>
          <li>
            <button type="button" className="bad" onClick={() => setDoing('delete')}>
              Delete…
            </button>
          </li>
        </Menu>
      )}
      {doing === 'delete' && (
        <AskDelete
          name={name}
          onEnd={(isDeleted) => {
            if (!isDeleted) return comeBack()
            setDoing('nothing')
            onDelete()
          }}
        />
      )}
    </li>
  )
}

/** What can be done, beside the button that shows it: over the list, which would cut it. */
function Menu({
  name,
  beside,
  onEnd,
  children,
}: {
  readonly name: string
  readonly beside: RefObject<HTMLElement | null>
  readonly onEnd: () => void
  readonly children: ReactNode
}) {
  const menu = useRef<HTMLUListElement>(null)
  useLayoutEffect(() => {
    const at = beside.current?.getBoundingClientRect()
    const own = menu.current
    if (!at || !own) return
    const isBelow = at.bottom + own.offsetHeight < innerHeight
    own.style.top = `${isBelow ? at.bottom : at.top - own.offsetHeight}px`
    own.style.left = `${Math.max(8, at.right - own.offsetWidth)}px`
  }, [beside])
  useEffect(() => {
    const list = menu.current?.closest('nav > ul')
    list?.addEventListener('scroll', onEnd)
    addEventListener('resize', onEnd)
    return () => {
      list?.removeEventListener('scroll', onEnd)
      removeEventListener('resize', onEnd)
    }
  }, [onEnd])
  return (
    <ul ref={menu} className="menu" aria-label={`For ${name}`}>
      {children}
    </ul>
  )
}

/** The title as a field. Whoever leaves it has named the conversation. */
function Rename({
  title,
  onDone,
}: {
  readonly title: string
  readonly onDone: (title: string, isByKey: boolean) => void
}) {
  const [text, setText] = useState(title)
  const field = useRef<HTMLInputElement>(null)
  useLayoutEffect(() => {
    field.current?.focus()
    field.current?.select()
  }, [])
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault()
        onDone(text, true)
      }}
    >
      <input
        ref={field}
        aria-label="Title"
        dir="auto"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        // A field that goes away loses the focus, too: it has nothing more to say.
        onBlur={(event) => event.currentTarget.isConnected && onDone(text, false)}
      />
    </form>
  )
}

function AskDelete({ name, onEnd }: { readonly name: string; readonly onEnd: (isDeleted: boolean) => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      className="ask"
      aria-label="Delete the conversation?"
      onClose={(event) => onEnd(event.currentTarget.returnValue === 'delete')}
    >
      <h2>Delete the conversation?</h2>
      <p>
        “<span dir="auto">{name}</span>” is erased, for all who use it. This can’t be undone.
      </p>
      <form method="dialog">
        <button value="keep">Keep it</button>
        <button className="bad" value="delete">
          Delete
        </button>
      </form>
    </dialog>
  )
}
