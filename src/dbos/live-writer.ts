import { systemClock, unref } from '../clock.ts'
import { framesOf } from '../frames.ts'
import { type FeedItem, type FeedWriter, joined } from '../server/streams/feed.ts'
import type { ConversationState } from '../client/wire.ts'
import type { LiveTable } from './live-table.ts'

/** Milliseconds of a frame. */
const frame = 33

/** Milliseconds until the next attempt when Postgres did not take a row. */
const pause = 500

/** Milliseconds for which the rows of a feed that has ended stay for those who have not read its end. */
const lingering = 500

/** The most characters that wait to be written. */
const mostWaiting = 4_194_304

export interface LiveWriterOptions {
  readonly table: LiveTable
  /** What the conversation is found by. */
  readonly key: string
  /** The conversation as it is. */
  readonly now: () => ConversationState
  /** Called when something was left out, because Postgres did not take it in time. */
  readonly leftOut: () => void
  /** Called once nothing more is to be written or removed. */
  readonly over: () => void
}

/** Writes the feed of one conversation: the first item at once, and what comes soon after it at the end of the frame. */
export class LiveWriter implements FeedWriter {
  readonly #options: LiveWriterOptions
  #waiting: FeedItem[] = []
  #characters = 0
  /** What the next row is. `anew`: it begins with everything, in the place of the rows before it. `after a gap`: the same, and readers must know. */
  #next: 'more' | 'anew' | 'after a gap' = 'anew'
  #epoch: string | null = null
  #nth = 0
  /** Characters that who comes now reads: of the row that begins, and of those after it. */
  #beginning = 0
  #after = 0
  /** Resolves once all is written that waits; `null` while nothing does. */
  #writing: Promise<void> | null = null
  /** Resolves once it is over; `null` before its end. */
  #ending: Promise<void> | null = null
  readonly #closing = new AbortController()

  constructor(options: LiveWriterOptions) {
    this.#options = options
    this.#write()
  }

  add(item: FeedItem): void {
    // What follows a gap is in what the feed begins anew with.
    if (this.#ending || this.#next === 'after a gap') return
    this.#waiting.push(item)
    this.#characters += sizeOf(item)
    if (this.#characters > mostWaiting) this.#leaveOut()
    this.#write()
  }

  end(): void {
    this.#ending ??= this.#end()
  }

  /** Ends it, and resolves once its rows are removed. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.end()
    await this.#ending
  }

  #leaveOut(): void {
    this.#waiting = []
    this.#characters = 0
    this.#next = 'after a gap'
    this.#options.leftOut()
  }

  #write(): void {
    this.#writing ??= this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    // What comes in the same moment goes together.
    await Promise.resolve()
    while (this.#waiting.length > 0 || this.#next !== 'more') {
      const isWritten = await this.#writeRow().catch(() => false)
      if (isWritten) await new Promise<void>((resolve) => framesOf(frame).join({ frameOver: resolve }))
      else {
        this.#leaveOut()
        if (this.#ending) break
        await this.#wait(pause)
      }
    }
    this.#writing = null
  }

  async #writeRow(): Promise<boolean> {
    const { table, key, now } = this.#options
    this.#epoch ??= await table.epoch()
    const next = this.#next
    // What it has not said yet, it says first.
    const state = next === 'more' || this.#ending ? null : now()
    const waiting = joined(this.#waiting)
    this.#waiting = []
    this.#characters = 0
    this.#next = 'more'
    this.#nth += next === 'after a gap' ? 2 : 1
    const text = JSON.stringify(state ? [...waiting, { kind: 'whole', state }] : waiting)
    await table.add(key, { epoch: this.#epoch, nth: this.#nth }, state !== null, text)
    if (state) [this.#beginning, this.#after] = [text.length, 0]
    else this.#after += text.length
    // Once a message is over, and only as often as what readers would read is worth it. The rows before it are read by then.
    const isSettled = waiting.some((item) => item.kind === 'event' && item.published.outcome !== undefined)
    if (isSettled && this.#after >= this.#beginning && this.#next === 'more') this.#next = 'anew'
    return true
  }

  async #end(): Promise<void> {
    this.#waiting.push({ kind: 'end' })
    this.#write()
    await this.#writing
    await this.#wait(lingering)
    // Whoever opens the conversation next removes what can't be removed now.
    if (this.#epoch !== null) await this.#options.table.remove(this.#options.key, this.#epoch).catch(() => {})
    this.#options.over()
  }

  /** Waits, unless it is being closed. */
  async #wait(milliseconds: number): Promise<void> {
    const { signal } = this.#closing
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = () => {
        systemClock.clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = systemClock.setTimeout(done, milliseconds)
      unref(timer)
      signal.addEventListener('abort', done)
    })
  }
}

/** Characters of an item, about. */
const sizeOf = (item: FeedItem): number =>
  item.kind === 'delta' ? item.delta.text.length + 200 : JSON.stringify(item).length
