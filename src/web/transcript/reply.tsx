/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import type { TranscriptItem } from '../../index.ts'
import { useConversation } from '../../react/index.ts'
import { CopyButton } from '../copy-button.tsx'
import { Icon } from '../icons.tsx'
import { CutNotice } from '../notices/cut-notice.tsx'
import { RefusalNotice } from '../notices/refusal-notice.tsx'
import type { Row } from '../story/shown-turns.ts'
import { useStanding, useStory } from '../story/use-story.ts'
import { BranchSwitch } from './branch-switch.tsx'
import type { Doings } from './doings.ts'
import { ReplyParts } from './reply-parts.tsx'
import { counted, priceOf, textOf, usageWords } from './texts.ts'

interface Props {
  readonly chat: ClientConversation
  readonly message: TranscriptItem
  readonly row: Row
  readonly doings: Doings
}

/** What the model said, or what stands in its place. */
export function Reply({ chat, message, row, doings }: Props) {
  const { status, turnId } = message
  const folding = useStory(chat, (told) => told.folding.get(turnId))
  if (status === 'retracted')
    return (
      <>
        {folding && (
          <div className="folding" aria-hidden="true">
            <div>
              <ReplyParts chat={chat} message={folding} />
            </div>
          </div>
        )}
        <RefusalNotice chat={chat} turnId={turnId} doings={doings} />
        <div className="doings">
          <Spent chat={chat} message={message} />
        </div>
      </>
    )
  return (
    <>
      <ReplyParts chat={chat} message={message} />
      {status === 'streaming' ? (
        <span className="growing" aria-hidden="true" />
      ) : (
        <>
          <CutNotice chat={chat} message={message} doings={doings} />
          {message.parts.length > 0 && <ReplyDoings chat={chat} message={message} row={row} doings={doings} />}
        </>
      )}
    </>
  )
}

function ReplyDoings({ chat, message, row, doings }: Props) {
  const { isBusy, regenerate } = useConversation({
    conversation: chat,
    select: ({ status, regenerate: again }) => ({
      isBusy: status !== 'ready' && status !== 'error',
      regenerate: again,
    }),
  })
  const { turnId } = message
  return (
    <div className="doings">
      <BranchSwitch chat={chat} row={row} onFail={doings.fail} />
      <CopyButton text={textOf(message)} />
      {row.gone === null && (
        <button
          type="button"
          className="quiet"
          aria-label="Answer again"
          title="Answer again"
          disabled={isBusy}
          onClick={() => {
            try {
              regenerate(turnId)
            } catch (error) {
              doings.fail(error)
            }
          }}
        >
          <Icon name="again" />
        </button>
      )}
      <Spent chat={chat} message={message} />
    </div>
  )
}

/** What the turn of a reply has used, and what that costs where prices are known. */
function Spent({ chat, message: { usage, model, turnId } }: Pick<Props, 'chat' | 'message'>) {
  const cost = useStanding(chat, turnId)?.cost ?? null
  if (!usage || usage.inputTokens + usage.outputTokens === 0) return null
  return (
    <span className="spent" title={usageWords(usage)}>
      {model ? `${model} · ` : ''}
      {counted(usage.inputTokens + usage.outputTokens, 'token')}
      {cost !== null && cost > 0 && ` · ${priceOf(cost)}`}
    </span>
  )
}
