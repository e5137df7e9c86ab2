/** @jsxImportSource react */
import { useState } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import { useConversation } from '../../react/index.ts'
import type { Doings } from '../transcript/doings.ts'
import { askAnother, attempting } from './attempt.ts'
import { Notice } from './notice.tsx'
import { afterRefusal, suspectWords } from './words.ts'
import { WaysOn } from './ways-on.tsx'

/** What stands in the place of a reply that was taken back. */
export function RefusalNotice({
  chat,
  turnId,
  doings,
}: {
  readonly chat: ClientConversation
  readonly turnId: string
  readonly doings: Doings
}) {
  const { refusal, status, model, resolveRefusal, clear } = useConversation({
    conversation: chat,
    select: (shown) => ({
      refusal: shown.refusal?.turnId === turnId ? shown.refusal : null,
      status: shown.status,
      model: shown.model,
      resolveRefusal: shown.resolveRefusal,
      clear: shown.clear,
    }),
  })
  const [isKept, setIsKept] = useState(false)
  if (!refusal || isKept)
    return <p className="taken-back">The reply was taken back. It is not part of the conversation.</p>

  const isWaiting = status === 'refused'
  const { left, stays } = afterRefusal(refusal, isWaiting)
  const attempt = attempting(doings.fail)
  return (
    <Notice
      kind="refused"
      icon="shield"
      title={refusal.textShown ? 'The reply was taken back' : 'This message was not answered'}
    >
      <p>{refusal.messageForUser}</p>
      <dl>
        <dt>Left</dt>
        <dd>{left}</dd>
        <dt>Stays</dt>
        <dd>{stays}</dd>
      </dl>
      {refusal.suspects.length > 0 && (
        <details>
          <summary>What was new in it</summary>
          <ul>
            {refusal.suspects.map((suspect, index) => (
              <li key={index}>{suspectWords(suspect)}</li>
            ))}
          </ul>
        </details>
      )}
      {(isWaiting || status === 'ready' || status === 'error') && (
        <WaysOn
          model={model}
          models={doings.models}
          onRephrase={() => doings.rephrase(turnId)}
          onKeep={() => (isWaiting ? attempt(() => resolveRefusal('drop-turn')) : setIsKept(true))}
          onBack={(exchanges) =>
            isWaiting ? attempt(() => resolveRefusal({ rewind: exchanges })) : doings.goBack(exchanges)
          }
          onModel={(name) =>
            attempt(() =>
              isWaiting ? resolveRefusal({ fallback: name, from: 'this-turn' }) : askAnother(chat, turnId, name),
            )
          }
          onClear={() => attempt(() => (isWaiting ? resolveRefusal('clear') : clear()))}
        />
      )}
    </Notice>
  )
}
