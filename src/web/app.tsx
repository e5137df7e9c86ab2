/** @jsxImportSource react */
import { useEffect, useRef, useState } from 'react'
import { ConversationList } from './conversations/conversation-list.tsx'
import { ConversationView } from './conversation-view.tsx'
import { useOpenConversation } from './open-conversation.ts'
import type { Setup } from './server.ts'
import { Help, useShortcuts } from './shortcuts.tsx'

/** The whole page: conversations on the left, the one that is open beside them. */
export function App({ setup: reading }: { readonly setup: Promise<Setup> }) {
  const [setup, setSetup] = useState<Setup | null>(null)
  const [isHelpShown, setIsHelpShown] = useState(false)
  const [isListShown, setIsListShown] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const { chat, key, show, begin } = useOpenConversation()
  useEffect(() => {
    void reading.then(setSetup)
  }, [reading])
  useShortcuts({
    onHelp: () => setIsHelpShown(true),
    onSearch: () => {
      setIsListShown(true)
      search.current?.focus()
    },
    onNew: () => show(null),
    onStop: () => {
      if (isListShown) setIsListShown(false)
      else if (chat?.status === 'streaming' || chat?.status === 'submitted') void chat.stop().catch(() => {})
    },
  })
  if (!setup) return null
  return (
    <div className={`page${isListShown ? ' with-list' : ''}`}>
      <a className="skip" href="#conversation" onClick={toField}>
        To the message field
      </a>
      <ConversationList
        chat={chat}
        search={search}
        onHelp={() => setIsHelpShown(true)}
        onOpen={(id) => {
          show(id)
          setIsListShown(false)
        }}
      />
      <button
        type="button"
        className="veil"
        aria-label="Close the list"
        tabIndex={-1}
        onClick={() => setIsListShown(false)}
      />
      <ConversationView key={key} chat={chat} setup={setup} begin={begin} onMenu={() => setIsListShown(true)} />
      {isHelpShown && <Help onEnd={() => setIsHelpShown(false)} />}
    </div>
  )
}

// The address says which conversation is open, so the link must not change it.
function toField(event: { preventDefault: () => void }): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('.composer textarea')?.focus()
}
