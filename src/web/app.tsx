/** @jsxImportSource react */
import { useEffect, useState } from 'react'
import { ConversationList } from './conversation-list.tsx'
import { ConversationView } from './conversation-view.tsx'
import { useOpenConversation } from './open-conversation.ts'
import type { Setup } from './server.ts'

/** The whole page: conversations on the left, the one that is open beside them. */
export function App({ setup: reading }: { readonly setup: Promise<Setup> }) {
  const [setup, setSetup] = useState<Setup | null>(null)
  const open = useOpenConversation()
  useEffect(() => {
    void reading.then(setSetup)
  }, [reading])
  if (!setup) return null
  return (
    <div className="page">
      <ConversationList current={open.id} onOpen={open.show} />
      <ConversationView key={open.id ?? 'new'} chat={open.chat} setup={setup} begin={open.begin} />
    </div>
  )
}
