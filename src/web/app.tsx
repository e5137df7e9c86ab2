/** @jsxImportSource react */
import { useEffect, useRef, useState } from 'react'
import { useAccess } from './access/access.ts'
import { TokenGate } from './access/token-gate.tsx'
import { ConversationList } from './conversations/conversation-list.tsx'
import { ConversationView } from './conversation-view.tsx'
import { useOpenConversation } from './open-conversation.ts'
import { readSetup, type Setup } from './server.ts'
import { Help, useShortcuts } from './shortcuts.tsx'

/** The whole page, once the server lets it in. */
export function App() {
  const access = useAccess()
  const [setup, setSetup] = useState<Setup | null>(null)
  useEffect(() => {
    if (access === 'open') void readSetup().then(setSetup)
    else setSetup(null)
  }, [access])
  if (access !== 'open') return <TokenGate isWrong={access === 'wrong'} />
  return setup && <Chat setup={setup} />
}

/** Conversations on the left, the one that is open beside them. */
function Chat({ setup }: { readonly setup: Setup }) {
  const [isHelpShown, setIsHelpShown] = useState(false)
  const [isListShown, setIsListShown] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const { chat, key, show, begin } = useOpenConversation()
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
