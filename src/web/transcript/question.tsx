/** @jsxImportSource react */
import type { ClientConversation } from '../../client/index.ts'
import type { Block, TranscriptItem } from '../../index.ts'
import { CopyButton } from '../copy-button.tsx'
import { Icon } from '../icons.tsx'
import type { Row } from '../story/shown-turns.ts'
import { useStory } from '../story/use-story.ts'
import { BranchSwitch } from './branch-switch.tsx'
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
  const wasRefusedBefore = useStory(chat, ({ refusedBefore }) => refusedBefore.has(row.turnId))
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
        {text !== '' && (
          <div className="bubble" dir="auto">
            {text}
          </div>
        )}
        <div className="doings">
          <BranchSwitch chat={chat} row={row} onFail={doings.fail} />
          <button type="button" className="quiet" aria-label="Edit" title="Edit" onClick={() => doings.edit(message)}>
            <Icon name="edit" />
          </button>
          <CopyButton text={text} />
        </div>
      </div>
      {wasRefusedBefore && <p className="why-gone">The same words were refused before. They were sent again.</p>}
    </>
  )
}
