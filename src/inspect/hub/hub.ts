// The middle of an inspector: keeps what processes tell of their conversations, and shows it to pages.
import { type Clock, systemClock } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import { breather } from '../file/breather.ts'
import type { FiledConversation } from '../file/inspection-file.ts'
import type { AppMessage, FromPage, Origin, Summary, TurnedAway } from '../wire/messages.ts'
import { type Audience, ConnectedProcess, type Process } from './connected-process.ts'
import { Conversations } from './conversations.ts'
import type { Kept } from './kept.ts'
import { type HubLimits, hubLimits, pieceRecords } from './limits.ts'
import { type Page, PageFeed } from './page-feed.ts'
import { summaryOf } from './summary.ts'

/** Milliseconds between two updates of a page. */
const frame = 100

export interface HubOptions {
  readonly clock?: Clock
  readonly limits?: Partial<HubLimits>
}

export interface Connection<Message> {
  receive(message: Message): void
  close(): void
}

export interface PageConnection extends Connection<FromPage> {
  /** The page has taken what it was sent: the rest of a long conversation goes on. */
  goOn(): void
}

export class Hub {
  readonly #clock: Clock
  readonly #limits: HubLimits
  readonly #conversations: Conversations
  readonly #pages = new Set<PageFeed>()
  readonly #listeners = new Set<() => void>()
  readonly #audience: Audience
  #turnedAway: TurnedAway | null = null
  #timer: unknown = null

  constructor({ clock = systemClock, limits = {} }: HubOptions = {}) {
    this.#clock = clock
    this.#limits = { ...hubLimits, ...limits }
    this.#conversations = new Conversations(this.#limits)
    this.#audience = {
      resumed: (kept) => this.#tell((page) => page.resumed(kept)),
      told: (kept, records) => this.#tell((page) => page.told(kept, records)),
      offered: (kept) => this.#tell((page) => page.offered(kept)),
      changed: () => this.#changed(),
      turnedAway: (why) => this.turnAway(why),
    }
  }

  get conversations(): readonly Kept[] {
    return this.#conversations.all()
  }

  /** Bytes that all conversations cost to keep. */
  get bytes(): number {
    return this.#conversations.bytes
  }

  /** What went over a limit so far; `null` if nothing did. */
  get turnedAway(): TurnedAway | null {
    return this.#turnedAway
  }

  /** The list, as a page has it that may send commands. */
  summaries(): readonly Summary[] {
    return this.conversations.map((kept) => summaryOf(kept, true))
  }

  /** Told when something came. Returns how to end it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** A process with conversations has come. */
  addProcess(process: Process): Connection<AppMessage> {
    return new ConnectedProcess(process, this.#conversations, this.#audience, this.#limits)
  }

  /**
   * Conversations of a file, added a little at a time. They can be read, and nothing else.
   *
   * @throws TurnstateError `file-too-large` where there is no room for them: none of them is kept then
   */
  async addFile(name: string, conversations: readonly FiledConversation[]): Promise<readonly string[]> {
    const origin: Origin = { kind: 'file', name, pid: null }
    const added: Kept[] = []
    const breathe = breather()
    for (const [index, filed] of conversations.entries()) {
      const announced = { chart: filed.chart, allowsControl: false, appKey: `${index}`, process: null }
      const kept = this.#conversations.add('file', origin, null, announced)
      if (!kept) throw this.#noRoom(added, 'all conversations that are shown go on')
      added.push(kept)
      for (let from = 0; from < filed.records.length; from += pieceRecords) {
        const { objection } = this.#conversations.tell(kept, filed.records.slice(from, from + pieceRecords))
        if (objection !== null) throw this.#noRoom(added, objection.why)
        await breathe()
      }
      kept.log.state = filed.state || kept.log.state
      kept.log.dropped += filed.dropped
    }
    this.#changed()
    return added.map(({ key }) => key)
  }

  #noRoom(added: readonly Kept[], why: string): TurnstateError {
    for (const kept of added) this.#conversations.remove(kept)
    return new TurnstateError('file-too-large', `The file holds more than there is room for: ${why}. Nothing was read.`)
  }

  /** A page has come. */
  addPage(page: Page): PageConnection {
    const feed = new PageFeed(page, this.#conversations, this.#limits, () => this.#turnedAway)
    this.#pages.add(feed)
    /** What it asks for is sent at once, but not more often than news are. */
    let fedAt: unknown = null
    const feedNow = () => {
      if (this.#feed(feed)) this.#schedule()
    }
    feedNow()
    return {
      receive: (message) => {
        if (!feed.receive(message)) return
        if (fedAt === null || fedAt !== this.#timer) feedNow()
        fedAt = this.#schedule()
      },
      goOn: () => {
        if (this.#pages.has(feed)) feed.goOn()
      },
      close: () => void this.#pages.delete(feed),
    }
  }

  /** Notes that somebody went over a limit, in a sentence, and tells it. */
  turnAway(why: string): void {
    this.#turnedAway = { count: (this.#turnedAway?.count ?? 0) + 1, last: why }
    this.#changed()
  }

  close(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#pages.clear()
    this.#listeners.clear()
  }

  #tell(tell: (page: PageFeed) => void): void {
    for (const page of this.#pages) tell(page)
    this.#schedule()
  }

  #changed(): void {
    for (const page of this.#pages) page.changed()
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch {
        // Whoever looks must not disturb what is looked at: one that throws is told no more.
        this.#listeners.delete(listener)
      }
    }
    this.#schedule()
  }

  /** Feeds a page. One that can't be sent anything is left, and the others are fed. */
  #feed(page: PageFeed): boolean {
    try {
      return page.feed()
    } catch {
      this.#pages.delete(page)
      return false
    }
  }

  /** Feeds the pages a frame from now. */
  #schedule(): unknown {
    if (this.#pages.size === 0) return null
    this.#timer ??= this.#clock.setTimeout(() => {
      this.#timer = null
      const areMoreDue = [...this.#pages].map((page) => this.#feed(page))
      if (areMoreDue.includes(true)) this.#schedule()
    }, frame)
    return this.#timer
  }
}
