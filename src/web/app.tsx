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

/** Where the list is over the page: as the stylesheet says. */
const narrow = '(max-width: 52rem)'

/** The list, where it is over the page: `searched` is open, too, with the focus in its search. */
type Drawer = 'closed' | 'open' | 'searched'

/** Conversations on the left, the one that is open beside them. */
function Chat({ setup }: { readonly setup: Setup }) {
  const [isHelpShown, setIsHelpShown] = useState(false)
  const [drawer, setDrawer] = useState<Drawer>('closed')
  const search = useRef<HTMLInputElement>(null)
  const { chat, key, show, begin } = useOpenConversation()
  const close = () => {
    setDrawer('closed')
    document.querySelector<HTMLElement>('.top .menu')?.focus()
  }
  // Whoever opens it goes on in it.
  useEffect(() => {
    if (drawer === 'open') document.querySelector<HTMLElement>('.conversations .new')?.focus()
    else if (drawer === 'searched') search.current?.focus()
  }, [drawer])
  useShortcuts({
    onHelp: () => setIsHelpShown(true),
    onSearch: () => {
      if (matchMedia(narrow).matches) setDrawer('searched')
      search.current?.focus()
    },
    onNew: () => show(null),
    onStop: () => {
      if (drawer !== 'closed') close()
      else if (chat?.status === 'streaming' || chat?.status === 'submitted') void chat.stop().catch(() => {})
    },
  })
  return (
    <div className={`page${drawer === 'closed' ? '' : ' with-list'}`}>
      <a className="skip" href="#conversation" onClick={toField}>
        To the message field
      </a>
      <ConversationList
        chat={chat}
        search={search}
        onHelp={() => setIsHelpShown(true)}
        onOpen={(id) => {
          show(id)
          setDrawer('closed')
        }}
      />
      <button type="button" className="veil" aria-label="Close the list" tabIndex={-1} onClick={close} />
      <ConversationView
        key={key}
        chat={chat}
        setup={setup}
        begin={begin}
        onMenu={() => setDrawer('open')}
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
