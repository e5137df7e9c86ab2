/** @jsxImportSource react */
import type { Block } from '../../index.ts'
import { isRecord } from '../../objects.ts'
import { Icon } from '../icons.tsx'
import { wordsIn } from './texts.ts'

/** Pictures that are drawn. Others, such as SVG, are named. */
const drawn = /^image\/(?:png|jpeg|gif|webp)$/

/** A file of a message. Only what the message itself carries is drawn: nothing is loaded from elsewhere. */
export function SentFile({ block }: { readonly block: Block }) {
  const source = isRecord(block['source']) ? block['source'] : {}
  const type = wordsIn(source, 'media_type')
  const title = wordsIn(block, 'title')
  if (block.type === 'image' && drawn.test(type) && wordsIn(source, 'type') === 'base64')
    return <img src={`data:${type};base64,${wordsIn(source, 'data')}`} alt={title === '' ? 'Picture' : title} />
  const kind = type === 'application/pdf' ? 'PDF' : block.type === 'image' ? 'Picture' : 'Text'
  return (
    <span className="file">
      <Icon name="file" />
      <span className="file-name" dir="auto">
        {title === '' ? kind : title}
      </span>
    </span>
  )
}
