/** @jsxImportSource react */
import { memo } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { useMessage } from '../../react/index.ts'
import { goneWords, type Row } from '../story/shown-turns.ts'
import type { Doings } from './doings.ts'
import { Question } from './question.tsx'
import { Reply } from './reply.tsx'

/** One message of the transcript. */
export const Message = memo(function Message({
  chat,
  row,
  doings,
}: {
  readonly chat: ClientConversation
  readonly row: Row
  readonly doings: Doings
}) {
  const message = useMessage({ conversation: chat, id: row.id })
  if (!message) return null
  const { gone } = row
  const isQuestion = message.role === 'user'
  return (
    <article
      className={`message ${message.role} ${message.status}${gone === null ? '' : ` gone gone-${gone}`}`}
      aria-label={isQuestion ? 'You' : 'Reply'}
      data-turn={row.turnId}
    >
      {isQuestion ? (
        <Question chat={chat} message={message} row={row} doings={doings} />
      ) : (
        <Reply chat={chat} message={message} row={row} doings={doings} />
      )}
      {row.isSilent && <p className="cut">The model said nothing.</p>}
      {gone !== null && gone !== 'refused' && (gone !== 'not-kept' || row.isEnd) && (
        <p className="why-gone">{goneWords[gone]}</p>
      )}
    </article>
  )
})
