/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import type { Block, TranscriptItem } from '../../index.ts'
import { CopyButton } from '../copy-button.tsx'
import { Icon } from '../icons.tsx'
import type { Row } from '../story/shown-turns.ts'
import { useStanding } from '../story/use-story.ts'
import { BranchSwitch } from './branch-switch.tsx'
import { Bubble } from './bubble.tsx'
import type { Doings } from './doings.ts'
import { SentFile } from './sent-file.tsx'
import { textOf } from './texts.ts'

/** What a person said. */
export function Question({
  chat,
  message,
  row,
  doings,
}: {
  readonly chat: ClientConversation
  readonly message: TranscriptItem
  readonly row: Row
  readonly doings: Doings
}) {
  const standing = useStanding(chat, row.turnId)
  const text = textOf(message)
  const blocks = message.parts.flatMap((part): readonly Block[] => (part.type === 'block' ? [part.block] : []))
  return (
    <>
      {blocks.length > 0 && (
        <ul className="sent-files" aria-label="Files">
          {blocks.map((block, index) => (
            <li key={index}>
              <SentFile block={block} />
            </li>
          ))}
        </ul>
      )}
      <div className="said">
        {text !== '' && <Bubble text={text} />}
        <div className="doings">
          <BranchSwitch chat={chat} row={row} onFail={doings.fail} />
          <button type="button" className="quiet" aria-label="Edit" title="Edit" onClick={() => doings.edit(message)}>
            <Icon name="edit" />
          </button>
          <CopyButton text={text} />
        </div>
      </div>
      {standing?.refusedBefore && <p className="why-gone">The same words were refused before. They were sent again.</p>}
      {standing?.setAside === 'part' && row.gone === null && (
        <p className="why-gone">The model no longer sees all of this: the service did not accept a part.</p>
      )}
    </>
  )
}
