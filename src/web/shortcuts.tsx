/** @jsxImportSource react */
import { useEffect, useRef } from 'react'
import { Icon } from './icons.tsx'

const shortcuts: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['Enter'], 'sends the message'],
  [['Shift', 'Enter'], 'begins another line'],
  [['↑'], 'in an empty field: edits your last message'],
  [['Esc'], 'stops the reply, or ends an edit'],
  [['Ctrl', 'K'], 'searches the titles of conversations'],
  [['Ctrl', 'Shift', 'O'], 'begins a new conversation'],
  [['F2'], 'in the list: names a conversation'],
  [['Del'], 'in the list: deletes a conversation, and asks before'],
  [['/'], 'goes to the field for messages'],
  [['?'], 'shows this'],
]

interface Handlers {
  readonly onHelp: () => void
  readonly onSearch: () => void
  readonly onNew: () => void
  readonly onStop: () => void
}

/** The keys of the whole page. */
export function useShortcuts({ onHelp, onSearch, onNew, onStop }: Handlers): void {
  const handlers = useRef({ onHelp, onSearch, onNew, onStop })
  handlers.current = { onHelp, onSearch, onNew, onStop }
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { onHelp: help, onSearch: search, onNew: begin, onStop: stop } = handlers.current
      const does = shortcutOf(event)
      if (does === null || document.querySelector('dialog[open]')) return
      if (does !== 'stop') event.preventDefault()
      if (does === 'help') help()
      else if (does === 'search') search()
      else if (does === 'new') begin()
      else if (does === 'write') document.querySelector<HTMLElement>('.composer textarea')?.focus()
      else stop()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

function shortcutOf(event: KeyboardEvent): 'help' | 'search' | 'new' | 'write' | 'stop' | null {
  const { key, target } = event
  const control = event.ctrlKey || event.metaKey
  if (event.isComposing || event.altKey) return null
  if (control && key.toLowerCase() === 'k') return 'search'
  if (control && event.shiftKey && key.toLowerCase() === 'o') return 'new'
  if (key === 'Escape') return 'stop'
  const isWriting = target instanceof Element && target.matches('input, textarea, select')
  if (control || isWriting) return null
  return key === '?' ? 'help' : key === '/' ? 'write' : null
}

/** The list of keys. */
export function Help({ onEnd }: { readonly onEnd: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog ref={dialog} className="help" aria-label="Keyboard shortcuts" onClose={onEnd}>
      <form method="dialog">
        <h2>Keyboard shortcuts</h2>
        <button className="quiet" aria-label="Close">
          <Icon name="close" />
        </button>
      </form>
      <dl>
        {shortcuts.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </dialog>
  )
}
