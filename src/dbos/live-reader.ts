import { systemClock } from '../clock.ts'
import type { FeedItem } from '../server/streams/feed.ts'
import type { LiveRow, LiveTable, Place } from './live-table.ts'

/** Milliseconds until the next attempt when Postgres did not answer. */
const pause = 500

/** Where a reader is, and whether it has read the end of that feed. */
interface Read extends Place {
  readonly isEnded: boolean
}

/** Reads the feed of one conversation. */
export class LiveReader {
  readonly #table: LiveTable
  readonly #key: string
  #read: Read | null = null
  /** `news`: there may be something that was not read. */
  #phase: 'news' | 'waiting' = 'news'
  #resume: (() => void) | null = null

  constructor(table: LiveTable, key: string) {
    this.#table = table
    this.#key = key
  }

  /** There may be more to read. */
  wake(): void {
    this.#phase = 'news'
    this.#resume?.()
  }

  /** What there is and what comes, until the signal aborts. @throws what `unseal` throws */
  async *items(signal: AbortSignal): AsyncGenerator<readonly FeedItem[], void> {
    while (!signal.aborted) {
      // Before it reads: what is written meanwhile is a reason to read again.
      this.#phase = 'waiting'
      const rows = await this.#table.after(this.#key, this.#read).catch(() => 'no answer' as const)
      if (signal.aborted) return
      if (rows === 'no answer') {
        await this.#news(pause)
        continue
      }
      const items = this.#itemsOf(rows)
      if (items.length > 0) yield items
      else if (this.#isWaiting()) await this.#news(null)
    }
  }

  #isWaiting(): boolean {
    return this.#phase === 'waiting'
  }

  async #news(milliseconds: number | null): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = milliseconds === null ? null : systemClock.setTimeout(resolve, milliseconds)
      this.#resume = () => {
        if (timer !== null) systemClock.clearTimeout(timer)
        resolve()
      }
    })
    this.#resume = null
  }

  /** What is new in rows, which come after what was read. `null`: there is no feed. */
  #itemsOf(rows: readonly LiveRow[] | null): readonly FeedItem[] {
    const read = this.#read
    const last = rows?.at(-1)
    if (rows === null) {
      this.#read = null
      return read && !read.isEnded ? [{ kind: 'end' }] : []
    }
    if (!last) return []
    const follows = (row: LiveRow, index: number) => read?.epoch === row.epoch && row.nth === read.nth + index + 1
    const isWhole = rows.every(follows)
    const from = isWhole ? 0 : rows.findLastIndex(({ begins }) => begins)
    // A part of a feed that says nothing without what was before it.
    if (from < 0) return []
    const items = rows.slice(from).flatMap((row) => row.items())
    this.#read = { epoch: last.epoch, nth: last.nth, isEnded: items.at(-1)?.kind === 'end' }
    return isWhole
      ? items.filter(({ kind }) => kind !== 'whole')
      : items.slice(items.findLastIndex(({ kind }) => kind === 'whole'))
  }
}
