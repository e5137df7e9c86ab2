/** @jsxImportSource react */
import { useEffect, useRef, useState } from 'react'
import { useAccess } from './access/access.ts'
import { TokenGate } from './access/token-gate.tsx'
import { ConversationList } from './conversations/conversation-list.tsx'
import { ConversationView } from './conversation-view.tsx'
import { useOpenConversation } from './open-conversation.ts'
import { readSetup, type Setup } from './server.ts'
import { Help, useShortcuts } from './shortcuts.tsx'

/** Milliseconds after which a server that did not answer is asked again. */
const patience = 2_000

/** The whole page, once the server lets it in. */
export function App() {
  const access = useAccess()
  const [setup, setSetup] = useState<Setup | null>(null)
  const [isAway, setIsAway] = useState(false)
  useEffect(() => {
    setSetup(null)
    if (access !== 'open') return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const read = async () => {
      const found = await readSetup()
      if (isOver) return
      setSetup(found)
      setIsAway(found === null)
      if (found === null) timer = setTimeout(() => void read(), patience)
    }
    void read()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [access])
  if (access !== 'open') return <TokenGate isWrong={access === 'wrong'} />
  if (setup) return <Chat setup={setup} />
  return isAway && <ServerAway />
}

/** What stands in place of the page while the server does not answer. */
const ServerAway = () => (
  <main className="gate">
    <h1>turnstate</h1>
    <p role="status">The server can’t be reached. It is tried again until it answers.</p>
  </main>
)

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
      <ConversationView
        key={key}
        chat={chat}
        setup={setup}
        begin={begin}
        onMenu={() => setIsListShown(true)}
        onNew={() => show(null)}
      />
      {isHelpShown && <Help onEnd={() => setIsHelpShown(false)} />}
    </div>
  )
}

// The address says which conversation is open, so the link must not change it.
function toField(event: { preventDefault: () => void }): void {
  event.preventDefault()
  document.querySelector<HTMLElement>('.composer textarea')?.focus()
}
