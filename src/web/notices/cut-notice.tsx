/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import type { TranscriptItem } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { counted } from '../transcript/texts.ts'
import { useStory } from '../story/use-story.ts'

/** Says that a reply is not whole, or that something was left out to get it. */
export function CutNotice({ chat, message }: { readonly chat: ClientConversation; readonly message: TranscriptItem }) {
  const { turnId, status, id } = message
  const isTruncated = useStory(chat, ({ truncated }) => truncated.has(turnId))
  const repaired = useStory(chat, (told) => told.repaired.get(turnId) ?? 0)
  const { isLast, canSend, send } = useConversation({
    conversation: chat,
    select: ({ messages, canSend: can, sendMessage }) => ({
      isLast: messages.at(-1)?.id === id,
      canSend: can,
      send: sendMessage,
    }),
  })
  return (
    <>
      {status === 'partial' && <p className="cut">The reply stopped here. What arrived is part of the conversation.</p>}
      {isTruncated && (
        <p className="cut">
          The reply reached the limit of its length.{' '}
          {isLast && canSend && (
            <button type="button" onClick={() => void send('Please continue where you stopped.')}>
              Ask for the rest
            </button>
          )}
        </p>
      )}
      {repaired > 0 && (
        <p className="cut">
          The service did not accept {repaired === 1 ? 'a part' : counted(repaired, 'part')} of what was said before.
          The model answered without {repaired === 1 ? 'it' : 'them'}.
        </p>
      )}
    </>
  )
}
