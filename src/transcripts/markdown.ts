import type { TranscriptPart } from '../journal/index.ts'
import { inOneRow } from '../terminal-text.ts'
import { localTime } from './local-time.ts'
import { marks, type Reading, resultText, type Said } from './reading.ts'

/** A transcript as Markdown. Texts are Markdown already, and are left as they are. */
export function asMarkdown({ id, title, model, createdAt, messages }: Reading): string {
  const heading = [
    `# ${inOneRow(title ?? 'Conversation')}`,
    `*${inOneRow(model)}, ${localTime(createdAt)}, ${inOneRow(id)}*`,
  ]
  return `${[...heading, ...messages.flatMap(message)].join('\n\n')}\n`
}

function message({ role, parts, mark, model }: Said): readonly string[] {
  const who = role === 'user' ? 'You' : model === undefined ? 'Claude' : `Claude (${inOneRow(model)})`
  const texts = parts.map(part).filter((text) => text !== '')
  return [`## ${who}`, ...texts, ...(mark === null ? [] : [`*${marks[mark]}*`])]
}

function part(given: TranscriptPart): string {
  switch (given.type) {
    case 'text':
      return given.text.trim()
    case 'thinking':
      return ''
    case 'tool-call':
      return [
        `**Tool ${inOneRow(given.name)}**`,
        fenced(JSON.stringify(given.input, null, 2) ?? ''),
        ...(given.result ? [fenced(resultText(given.result['content']))] : []),
      ].join('\n\n')
    case 'block':
      return `*[${inOneRow(given.block.type)}]*`
  }
}

/** A code block, with a fence that is longer than any in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}\n${text}\n${fence}`
}
