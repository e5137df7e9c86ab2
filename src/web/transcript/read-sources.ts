// What a reply cites. Pure.
import type { TranscriptPart } from '../../index.ts'
import { wordsIn } from './texts.ts'

/** One source, by the number that stands behind what it is cited for. */
export interface Source {
  /** From 1. */
  readonly number: number
  readonly title: string
  /** Where it is on the web; `null` for a document of the conversation. */
  readonly url: string | null
  /** The words that were cited first. Empty for none. */
  readonly cited: string
  readonly citedBy: ReadonlySet<TranscriptPart>
}

/** The sources of a reply, in the order in which they are cited. */
export function sourcesOf(parts: readonly TranscriptPart[]): readonly Source[] {
  const found = new Map<string, Source & { readonly citedBy: Set<TranscriptPart> }>()
  for (const part of parts) {
    if (part.type !== 'text') continue
    for (const citation of part.citations ?? []) {
      const address = wordsIn(citation, 'url') || wordsIn(citation, 'source')
      const url = /^https?:/i.test(address) && URL.canParse(address) ? new URL(address) : null
      const title = wordsIn(citation, 'title') || wordsIn(citation, 'document_title') || (url?.host ?? 'Document')
      const key = url?.href ?? title
      const known = found.get(key) ?? {
        number: found.size + 1,
        title,
        url: url?.href ?? null,
        cited: wordsIn(citation, 'cited_text'),
        citedBy: new Set(),
      }
      known.citedBy.add(part)
      found.set(key, known)
    }
  }
  return [...found.values()]
}
