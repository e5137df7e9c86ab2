/** @jsxImportSource react */
import { useEffect, useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { Turn } from '../../index.ts'
import { beginningOf } from '../transcript/texts.ts'

/** A message that the server may not have taken yet. */
export interface Unsent {
  readonly turn: Turn
  readonly text: string
  readonly cancel: () => void
}

/** Messages that wait for the connection. One that is taken at once is never seen here. */
export function UnsentMessages({
  chat,
  unsent,
  onTakeBack,
}: {
  readonly chat: ClientConversation
  readonly unsent: readonly Unsent[]
  readonly onTakeBack: (message: Unsent) => void
}) {
  const [, setSeen] = useState(0)
  useEffect(() => chat.subscribe(() => setSeen((count) => count + 1)), [chat])
  const taken = new Set([...chat.messages, ...chat.queue].map(({ turnId }) => turnId))
  const waiting = unsent.filter(({ turn }) => !taken.has(turn.id))
  if (waiting.length === 0) return null
  return (
    <ol className="unsent" aria-label="Messages that are being sent">
      {waiting.map((each) => (
        <li key={each.turn.id}>
          <span dir="auto">{beginningOf(each.text, 90)}</span>
          <button type="button" onClick={() => onTakeBack(each)}>
            Take back
          </button>
        </li>
      ))}
    </ol>
  )
}
