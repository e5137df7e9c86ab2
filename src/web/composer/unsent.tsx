/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import type { Turn } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
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
  const isTaken = useConversation({
    conversation: chat,
    select: ({ messages, queue }) =>
      unsent.map(({ turn: { id } }) =>
        [queue, messages].some((taken) => taken.findLast(({ turnId }) => turnId === id) !== undefined),
      ),
  })
  const waiting = unsent.filter((_, index) => isTaken[index] !== true)
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
