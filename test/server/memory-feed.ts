// A feed in memory that connects servers of one process. What it does to its readers, a test decides.
import type { Feed, FeedItem, FeedWriter } from '../../src/server/streams/feed.ts'
import type { Host } from '../../src/server/host.ts'
import { localHost } from '../../src/server/local-host.ts'
import { turns } from '../durability/faulty-store.ts'

interface MemoryFeedOptions {
  /** Turns of the event loop until a reader reads what was written. */
  readonly lag?: () => number
  /** Whether a reader loses what was written since it read last, and reads on from the newest `whole`. */
  readonly loses?: () => boolean
  readonly patience?: number
}

/** What one process has written of a conversation. */
interface Written {
  readonly items: FeedItem[]
  readonly begin: () => void
  isGone: boolean
}

export interface MemoryFeed extends Feed {
  /** How often a reader was given a `whole`. */
  readonly wholes: number
  /** All processes that write are gone, without a word. */
  crash(): void
}

const json = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value))

export function memoryFeed({ lag = () => 0, loses = () => false, patience = 5 }: MemoryFeedOptions = {}): MemoryFeed {
  const all = new Map<string, Written[]>()
  const readers = new Set<() => void>()
  const wake = () => {
    for (const each of readers) each()
  }
  const woken = (signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      const end = () => {
        readers.delete(end)
        signal.removeEventListener('abort', end)
        resolve()
      }
      readers.add(end)
      signal.addEventListener('abort', end)
    })
  let wholes = 0
  async function* follow(id: string, signal: AbortSignal): AsyncGenerator<readonly FeedItem[], void> {
    let of: Written | undefined
    let at = 0
    while (!signal.aborted) {
      const feeds = all.get(id) ?? []
      if (feeds.at(-1) === of && (!of || of.items.length === at)) {
        await woken(signal)
        continue
      }
      await turns(lag())
      const isLost = loses()
      const begins = isLost || !of || of.items.length === at
      // A reader that loses nothing reads what each process wrote to its end.
      if (begins) of = of && !isLost ? feeds[feeds.indexOf(of) + 1] : feeds.at(-1)
      if (!of) continue
      if (isLost) of.begin()
      const from = begins ? of.items.findLastIndex(({ kind }) => kind === 'whole') : at
      // Who has read what is before it needs no other one.
      const news = of.items.slice(from).filter(({ kind }, index) => kind !== 'whole' || (begins && index === 0))
      at = of.items.length
      if (begins) wholes++
      if (news.length > 0) yield json(news)
    }
  }
  return {
    patience,
    get wholes() {
      return wholes
    },
    write(id, now): FeedWriter {
      const items: FeedItem[] = []
      const begin = () => {
        if (written.isGone) return
        const state = json(now())
        items.push({ kind: 'whole', state })
        wake()
      }
      const written: Written = { items, begin, isGone: false }
      begin()
      all.set(id, [...(all.get(id) ?? []), written])
      return {
        add(item) {
          if (written.isGone) return
          items.push(json(item))
          wake()
        },
        end() {
          if (written.isGone) return
          written.isGone = true
          items.push({ kind: 'end' })
          wake()
        },
      }
    },
    follow,
    crash() {
      for (const written of [...all.values()].flat()) written.isGone = true
    },
  }
}

/** The host of one of several servers that such a feed connects. */
export const hostWith = (feed: Feed): Host => ({
  name: 'test',
  start: (given) => ({ ...localHost().start(given), feed }),
})
