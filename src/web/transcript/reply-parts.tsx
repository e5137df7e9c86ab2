/** @jsxImportSource react */
import { type MouseEvent, memo } from 'react'
import type { ClientConversation } from '../../client/index.ts'
import type { TranscriptItem, TranscriptPart } from '../../index.ts'
import { Prose } from '../markdown/prose.tsx'
import { citationMark, plainWords } from '../markdown/safe-html.ts'
import { Sources } from './sources.tsx'
import { type Source, sourcesOf } from './read-sources.ts'
import { SentFile } from './sent-file.tsx'
import { Thinking } from './thinking.tsx'
import { ToolCard } from './tool-card.tsx'
import { asJson } from './texts.ts'

/** Parts that are drawn together: texts that follow each other are one text, whatever they cite. */
type Group = Exclude<TranscriptPart, { readonly type: 'text' }> | { readonly type: 'text'; readonly text: string }

/** The parts of a reply. */
export const ReplyParts = memo(function ReplyParts({
  chat,
  message,
}: {
  readonly chat: ClientConversation
  readonly message: TranscriptItem
}) {
  const { parts, turnId, status } = message
  const sources = sourcesOf(parts)
  const groups = grouped(parts, sources)
  const isStreaming = status === 'streaming'
  return (
    <div className="parts" onClick={showSource}>
      {groups.map((group, index) => {
        const isGrowing = isStreaming && index === groups.length - 1
        switch (group.type) {
          case 'text':
            return <Prose key={index} text={group.text} isGrowing={isGrowing} />
          case 'thinking':
            return <Thinking key={index} text={group.text} took={group.took} isGrowing={isGrowing} />
          case 'tool-call':
            return <ToolCard key={group.callId} chat={chat} turnId={turnId} call={group} isOpen={isStreaming} />
          case 'block':
            return group.block.type === 'image' || group.block.type === 'document' ? (
              <SentFile key={index} block={group.block} />
            ) : (
              <details key={index} className="other">
                <summary>{group.block.type.replaceAll('_', ' ')}</summary>
                <pre tabIndex={0}>{asJson(group.block)}</pre>
              </details>
            )
        }
      })}
      <Sources sources={sources} turnId={turnId} />
    </div>
  )
})

function grouped(parts: readonly TranscriptPart[], sources: readonly Source[]): readonly Group[] {
  const groups: Group[] = []
  for (const part of parts) {
    if (part.type !== 'text') {
      groups.push(part)
      continue
    }
    const marks = sources.filter(({ citedBy }) => citedBy.has(part)).map(({ number }) => citationMark(number))
    const text = plainWords(part.text) + marks.join('')
    const last = groups.at(-1)
    if (last?.type === 'text') groups[groups.length - 1] = { type: 'text', text: last.text + text }
    else groups.push({ type: 'text', text })
  }
  return groups
}

/** The number of a citation leads to its source. */
function showSource({ target, currentTarget }: MouseEvent<HTMLElement>): void {
  if (!(target instanceof HTMLElement)) return
  const number = target.dataset['citation']
  if (number === undefined) return
  const source = currentTarget.querySelector<HTMLElement>(`[data-source="${number}"]`)
  source?.closest('details')?.setAttribute('open', '')
  source?.focus()
}
