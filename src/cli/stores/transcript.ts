// The command `turnstate transcript`: what was said in a conversation, as Markdown, JSON or a web page.
import { Folding } from '../../journal/index.ts'
import { forTerminal, forTerminalAsJson, inOneRow } from '../../terminal-text.ts'
import type { Host } from '../host.ts'
import { type StoreFlags, withStore, writerTo } from './conversations.ts'
import { findConversation } from './find-conversation.ts'
import { type Reading, readingOf } from '../../transcripts/reading.ts'
import { asHtml } from '../../transcripts/html.ts'
import { asMarkdown } from '../../transcripts/markdown.ts'

export interface TranscriptFlags extends StoreFlags {
  readonly format: 'md' | 'json' | 'html'
  readonly out?: string
}

export const writeTranscript = (
  given: string,
  { format, out, ...flags }: TranscriptFlags,
  host: Host,
): Promise<number> =>
  withStore(flags, host, async (store, screen) => {
    const listing = await findConversation(store, given)
    const folding = new Folding()
    for await (const page of store.facts(listing.id)) folding.addAll(page)
    const text = formatted(readingOf(listing, folding.view), format)
    const write = await writerTo(out, host)
    try {
      await write.text(out === undefined && screen.isTerminal && format !== 'json' ? forTerminal(text) : text)
    } finally {
      await write.end()
    }
    if (out !== undefined) screen.line(`Written to ${inOneRow(out)}.`)
    return 0
  })

function formatted(reading: Reading, format: TranscriptFlags['format']): string {
  switch (format) {
    case 'md':
      return asMarkdown(reading)
    case 'json':
      return `${forTerminalAsJson(JSON.stringify(reading, null, 2))}\n`
    case 'html':
      return asHtml(reading)
  }
}
