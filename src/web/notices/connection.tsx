/** @jsxImportSource react */
import { useEffect, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { useConversation } from '../../react/index.ts'

/** Milliseconds without a connection that nobody needs to know of. */
const short = 1_200

/** Says that the server can't be reached, once that lasts. */
export function Connection({ chat }: { readonly chat: ClientConversation }) {
  const { connection, error } = useConversation({
    conversation: chat,
    select: (shown) => ({ connection: shown.connection, error: shown.error }),
  })
  const isAway = connection === 'offline' || connection === 'connecting'
  const [isLong, setIsLong] = useState(false)
  useEffect(() => {
    setIsLong(false)
    if (!isAway) return
    const timer = setTimeout(() => setIsLong(true), short)
    return () => clearTimeout(timer)
  }, [isAway])
  if (connection === 'closed')
    return (
      <p className="trouble" role="alert">
        {error?.code === 'conversation-unknown'
          ? 'This conversation is not there. It may have been deleted.'
          : (error?.message ?? 'The connection has ended.')}
      </p>
    )
  if (!isAway || !isLong) return null
  return (
    <p className="away" role="status">
      Offline. What you send waits, and goes out once the server is back.
    </p>
  )
}
