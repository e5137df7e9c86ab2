/** @jsxImportSource react */
import type { Block } from '../../index.ts'
import { Icon } from '../icons.tsx'
import { SentFile } from '../transcript/sent-file.tsx'
import { sizeOf } from '../transcript/texts.ts'
import type { Attachment } from './attachments.ts'

/** The files of the message that is being written. */
export function AttachedFiles({
  blocks,
  files,
  onRemoveBlock,
  onRemove,
}: {
  /** Files of the message that is edited. */
  readonly blocks: readonly Block[]
  readonly files: readonly Attachment[]
  readonly onRemoveBlock: (block: Block) => void
  readonly onRemove: (file: Attachment) => void
}) {
  if (blocks.length + files.length === 0) return null
  return (
    <ul className="attached" aria-label="Files of this message">
      {blocks.map((block, index) => (
        <li key={index}>
          <SentFile block={block} />
          <Remove name={`file ${index + 1}`} onClick={() => onRemoveBlock(block)} />
        </li>
      ))}
      {files.map((each) => (
        <li key={each.key}>
          {each.preview === null ? (
            <span className="file">
              <Icon name="file" />
              <span className="file-name" dir="auto">
                {each.file.name}
              </span>
              <small>{sizeOf(each.file.size)}</small>
            </span>
          ) : (
            <img src={each.preview} alt={each.file.name} title={`${each.file.name}, ${sizeOf(each.file.size)}`} />
          )}
          <Remove name={each.file.name} onClick={() => onRemove(each)} />
        </li>
      ))}
    </ul>
  )
}

const Remove = ({ name, onClick }: { readonly name: string; readonly onClick: () => void }) => (
  <button type="button" className="remove" aria-label={`Remove ${name}`} onClick={onClick}>
    <Icon name="close" />
  </button>
)
