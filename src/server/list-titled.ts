// Conversations by words of their titles. A store can't look for them: titles may be encrypted, so they are read page by page.
import type { ConversationListing, ConversationPage, ListOptions, Store } from '../index.ts'

/** Pages of the store that one request looks at. Where there are more, the answer's `next` leads on. */
const mostPages = 25

interface TitledOptions extends ListOptions {
  readonly limit: number
  /** Words that must all be in the title, in any order and case. Empty for all conversations. */
  readonly title: string
}

/**
 * One page of a list. With a title it has what was found in the next pages of the store: at most `limit`, perhaps none, also where `next` says
 * that there are more to look at.
 */
export async function listTitled(store: Store, { title, ...options }: TitledOptions): Promise<ConversationPage> {
  const words = folded(title).split(/\s+/).filter(Boolean)
  if (words.length === 0) return store.list(options)
  const hasWords = (listed: ConversationListing) => {
    const text = folded(listed.title ?? '')
    return words.every((word) => text.includes(word))
  }
  const found: ConversationListing[] = []
  let next = options.after ?? null
  for (let pages = 0; pages < mostPages; pages++) {
    const page = await store.list(next === null ? options : { ...options, after: next })
    const fitting = page.conversations.filter(hasWords)
    // A page that does not fit is looked at again next time: the place within it has no name.
    if (found.length + fitting.length > options.limit) break
    found.push(...fitting)
    ;({ next } = page)
    if (next === null) break
  }
  return { conversations: found, next }
}

const folded = (text: string): string => text.normalize('NFKC').toLowerCase()
