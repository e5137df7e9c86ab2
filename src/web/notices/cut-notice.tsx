/** @jsxImportSource react */
import { useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { TranscriptItem } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { useStanding } from '../story/use-story.ts'
import type { Doings } from '../transcript/doings.ts'
import { attempting } from './attempt.ts'
import { WaysOn } from './ways-on.tsx'

interface Props {
  readonly chat: ClientConversation
  readonly message: TranscriptItem
  readonly doings: Doings
}

/** Says that a reply is not whole, or that something was left out to get it. */
export function CutNotice({ chat, message, doings }: Props) {
  const { status, truncated, turnId } = message
  const isRepaired = useStanding(chat, turnId)?.repaired === true
  return (
    <>
      {status === 'partial' && <p className="cut">The reply stopped here. What arrived is part of the conversation.</p>}
      {truncated && <Truncated chat={chat} message={message} doings={doings} by={truncated} />}
      {isRepaired && (
        <p className="cut">The service did not accept something that was said before. The model answered without it.</p>
      )}
    </>
  )
}

const words = {
  length: 'The reply reached the limit of its length. What arrived is part of the conversation.',
  context: 'The reply stopped here: the conversation fills all that the model reads at once.',
} as const

function Truncated({ chat, message: { id, turnId }, doings, by }: Props & { readonly by: keyof typeof words }) {
  const { next, model, send, clear } = useConversation({
    conversation: chat,
    select: ({ messages, canSend, status, model: asked, sendMessage, clear: empty }) => {
      const following = messages[messages.findLastIndex((item) => item.id === id) + 1]
      const isOver = following === undefined && canSend && (status === 'ready' || status === 'error')
      return { next: isOver ? 'choose' : following?.role, model: asked, send: sendMessage, clear: empty }
    },
  })
  const [isKept, setIsKept] = useState(false)
  // Its rest follows as a reply of its own.
  if (next === 'assistant') return null
  const attempt = attempting(doings.fail)
  return (
    <div className="cut">
      <p>{words[by]}</p>
      {next === 'choose' && !isKept && (
        <WaysOn
          first={
            by === 'length'
              ? [{ label: 'Ask for the rest', icon: 'down', take: () => attempt(() => send(restPlease)) }]
              : [{ label: 'Summarise, to make room', icon: 'down', take: () => attempt(() => chat.compact()) }]
          }
          onRephrase={() => doings.rephrase(turnId)}
          onKeep={() => setIsKept(true)}
          keepLabel="Keep it as it is"
          model={model}
          models={doings.models}
          onModel={(name) => attempt(() => chat.setModel(name).then(() => chat.regenerate(turnId)))}
          {...(by === 'context' ? { onBack: doings.goBack, onClear: () => attempt(clear) } : {})}
        />
      )}
    </div>
  )
}

const restPlease = 'Please continue where you stopped.'
