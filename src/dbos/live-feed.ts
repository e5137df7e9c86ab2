// The feed of what happens in a conversation, over Postgres: a row for each frame, and a notice of it.
import type { Feed, FeedItem, FeedWriter } from '../server/streams/feed.ts'
import { LiveReader } from './live-reader.ts'
import { LiveTable, type LiveTableOptions } from './live-table.ts'
import { LiveWriter } from './live-writer.ts'
import type { Notices } from './notices.ts'

export interface LiveFeedOptions extends LiveTableOptions {
  readonly notices: Notices
  /** What a conversation is found by in an index. */
  readonly key: (id: string) => string
}

export class LiveFeed implements Feed {
  readonly patience = 500
  readonly #key: (id: string) => string
  readonly #table: LiveTable
  readonly #writers = new Set<LiveWriter>()
  /** The readers of each conversation's feed, by its key. */
  readonly #readers = new Map<string, Set<LiveReader>>()
  readonly #unlisten: () => void
  #gaps = 0

  constructor(options: LiveFeedOptions) {
    this.#key = options.key
    this.#table = new LiveTable(options)
    this.#unlisten = options.notices.on('live', (key) => {
      const woken = key === null ? [...this.#readers.values()] : [this.#readers.get(key) ?? []]
      for (const all of woken) for (const reader of all) reader.wake()
    })
  }

  /** How often this process has left something out, because Postgres did not take it in time. */
  get gaps(): number {
    return this.#gaps
  }

  write(...[id, now]: Parameters<Feed['write']>): FeedWriter {
    const writer = new LiveWriter({
      table: this.#table,
      key: this.#key(id),
      now,
      leftOut: () => void this.#gaps++,
      over: () => void this.#writers.delete(writer),
    })
    this.#writers.add(writer)
    return writer
  }

  async *follow(id: string, signal: AbortSignal): AsyncGenerator<readonly FeedItem[], void> {
    const key = this.#key(id)
    const reader = new LiveReader(this.#table, key)
    const readers = this.#readers.get(key) ?? new Set()
    this.#readers.set(key, readers.add(reader))
    const wake = () => reader.wake()
    signal.addEventListener('abort', wake)
    try {
      yield* reader.items(signal)
    } finally {
      signal.removeEventListener('abort', wake)
      readers.delete(reader)
      if (readers.size === 0 && this.#readers.get(key) === readers) this.#readers.delete(key)
    }
  }

  /** Ends what this process still writes, and removes it. */
  async close(): Promise<void> {
    this.#unlisten()
    await Promise.all([...this.#writers].map((writer) => writer.close()))
  }
}
