// The list of conversations: as much of it as was scrolled to, kept true by what happens here, in other tabs, and while nobody looked.
import { useCallback, useEffect, useRef, useState } from 'react'
import { messageOf } from '../../errors.ts'
import { type Listed, type ListedPage, listConversations } from '../server.ts'

/** Conversations that are read at once. */
const pageSize = 60

/** The most that the server gives at once. */
const most = 1_000

/** Milliseconds after which a list that could not be read is tried again. */
const patience = 4_000

/** Milliseconds in which reasons to read the list again, or letters of a search, are gathered. */
const gathering = 120

export interface ListedConversations {
  /** `null` until the server has answered. */
  readonly entries: readonly Listed[] | null
  readonly hasMore: boolean
  /** What went wrong, in words for people. */
  readonly trouble: string | null
  readonly fail: (error: unknown) => void
  readonly readMore: () => void
  /** Something has changed: reads the list again, here and in other tabs. */
  readonly changed: () => void
}

interface Shown extends Partial<ListedPage> {
  readonly trouble: string | null
}

/** The conversations with these words in their titles; all, if there are none. */
export function useListed(words: string): ListedConversations {
  const [{ entries = null, next = null, trouble }, setShown] = useState<Shown>({ trouble: null })
  const reader = useRef<Reader>(null)
  reader.current ??= new Reader(setShown)
  const { look, readMore, fail } = reader.current
  useEffect(() => reader.current?.seek(words), [words])
  const tabs = useRef<BroadcastChannel>(null)
  useEffect(() => {
    const channel = new BroadcastChannel('turnstate.conversations')
    tabs.current = channel
    channel.addEventListener('message', look)
    addEventListener('focus', look)
    addEventListener('online', look)
    return () => {
      channel.close()
      removeEventListener('focus', look)
      removeEventListener('online', look)
    }
  }, [look])
  const changed = useCallback(() => {
    tabs.current?.postMessage('changed')
    look()
  }, [look])
  return { entries, hasMore: next !== null, trouble, fail, readMore, changed }
}

/** Reads one part after the other, so that what is shown is never older than what was shown before. */
class Reader {
  readonly #show: (shown: Shown) => void
  #shown: ListedPage | null = null
  #words: string | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #work: Promise<void> = Promise.resolve()
  #isReadingMore = false

  constructor(show: (shown: Shown) => void) {
    this.#show = show
  }

  readonly seek = (words: string): void => {
    const isFirst = this.#words === null
    this.#words = words
    if (isFirst) this.#readAgain(pageSize)
    // Other words are another list: it begins with as much as a new one.
    else this.#later(() => pageSize)
  }

  /** Reads again as much as is shown. */
  readonly look = (): void => {
    this.#later(() => Math.min(most, Math.max(pageSize, this.#shown?.entries.length ?? 0)))
  }

  readonly readMore = (): void => {
    if (this.#isReadingMore) return
    this.#isReadingMore = true
    this.#do(async () => {
      this.#isReadingMore = false
      const shown = this.#shown
      if (!shown || shown.next === null) return null
      const page = await this.#read(pageSize, shown.next)
      const known = new Set(shown.entries.map(({ id }) => id))
      return { entries: [...shown.entries, ...page.entries.filter(({ id }) => !known.has(id))], next: page.next }
    })
  }

  readonly fail = (error: unknown): void => this.#show({ ...this.#shown, trouble: messageOf(error) })

  #later(limit: () => number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#readAgain(limit()), gathering)
  }

  #readAgain(limit: number): void {
    this.#do(() => this.#read(limit, null))
  }

  #do(read: () => Promise<ListedPage | null>): void {
    this.#work = this.#after(this.#work, read)
  }

  async #after(before: Promise<void>, read: () => Promise<ListedPage | null>): Promise<void> {
    await before
    const words = this.#words
    try {
      const page = await read()
      if (!page || words !== this.#words) return
      this.#shown = page
      this.#show({ ...page, trouble: null })
    } catch (error) {
      this.fail(error)
      clearTimeout(this.#timer)
      this.#timer = setTimeout(this.look, patience)
    }
  }

  /** A search that has found nothing yet looks on. */
  async #read(limit: number, from: string | null): Promise<ListedPage> {
    const words = this.#words ?? ''
    let page = await listConversations({ words, limit, after: from })
    while (page.entries.length === 0 && page.next !== null && words === this.#words)
      page = await listConversations({ words, limit, after: page.next })
    return page
  }
}
