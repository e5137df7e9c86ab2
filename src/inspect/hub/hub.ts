// The centre of an inspector: keeps what processes send about their conversations, and feeds it to pages.
//   HUB1. What a process sends reaches only conversations that it announced itself, on this connection or, with its secret, on a
//         closed one. The keys that pages use are made here.
//   HUB2. A page is sent the conversation that it opened from its beginning, in pieces of at most 512 kB, and then each new record
//         once, in order, at most every 100 ms. The list follows the records that it counts.
//   HUB3. Nothing is sent to a page that is behind. If more than 5,000 records wait for it, it is sent the conversation anew once it
//         has caught up.
//   HUB4. Facts are never dropped; of other records the oldest are. To make room, the oldest conversation that is over is forgotten,
//         a live one never.
//   HUB5. A process that exceeds a limit is disconnected, and no other one; for the total of bytes it is the process that holds the
//         most. The inspector's own process loses the conversation instead. Pages are told about it.
//   HUB6. A command needs the permission of the inspector, of the page's address and of the process. It is answered once, by that
//         process or, if it disconnects, by the hub.
import { type Clock, systemClock } from '../../clock.ts'
import { TurnstateError } from '../../errors.ts'
import { timeSlices } from '../file/time-slices.ts'
import type { FiledConversation } from '../file/inspection-file.ts'
import type { AppMessage, FromPage, Origin, Summary, LimitViolations } from '../wire/messages.ts'
import { type HubObserver, ConnectedProcess, type Process } from './connected-process.ts'
import { Conversations } from './conversations.ts'
import type { HubConversation } from './hub-conversation.ts'
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
  /** The page has received what was sent: sends the next piece of a long conversation. */
  continueLog(): void
}

export class Hub {
  readonly #clock: Clock
  readonly #limits: HubLimits
  readonly #conversations: Conversations
  readonly #pages = new Set<PageFeed>()
  readonly #listeners = new Set<() => void>()
  readonly #observer: HubObserver
  #limitViolations: LimitViolations | null = null
  #timer: unknown = null

  constructor({ clock = systemClock, limits = {} }: HubOptions = {}) {
    this.#clock = clock
    this.#limits = { ...hubLimits, ...limits }
    this.#conversations = new Conversations(this.#limits)
    this.#observer = {
      resumed: (conversation) => this.#forPages((page) => page.resumed(conversation)),
      recordsAdded: (conversation, records) => this.#forPages((page) => page.recordsAdded(conversation, records)),
      offersChanged: (conversation) => this.#forPages((page) => page.offersChanged(conversation)),
      listChanged: () => this.#changed(),
      limitViolated: (why) => this.reportViolation(why),
    }
  }

  get conversations(): readonly HubConversation[] {
    return this.#conversations.all()
  }

  /** Bytes of all conversations. */
  get bytes(): number {
    return this.#conversations.bytes
  }

  /** What exceeded a limit so far; `null` for nothing. */
  get limitViolations(): LimitViolations | null {
    return this.#limitViolations
  }

  /** The list, as a page with control sees it. */
  summaries(): readonly Summary[] {
    return this.conversations.map((conversation) => summaryOf(conversation, true))
  }

  /** Calls a function after each change. Returns a function that unsubscribes. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Adds a process with conversations. */
  addProcess(process: Process): Connection<AppMessage> {
    return new ConnectedProcess(process, this.#conversations, this.#observer, this.#limits)
  }

  /**
   * Adds the conversations of a file, in slices of time. They can only be read.
   *
   * @throws TurnstateError `file-too-large` if there is not enough room: then none of them is kept
   */
  async addFile(name: string, conversations: readonly FiledConversation[]): Promise<readonly string[]> {
    const origin: Origin = { kind: 'file', name, pid: null }
    const added: HubConversation[] = []
    const pause = timeSlices()
    for (const [index, filed] of conversations.entries()) {
      const announced = { chart: filed.chart, allowsControl: false, appKey: `${index}`, process: null }
      const conversation = this.#conversations.add('file', origin, null, announced)
      if (!conversation) throw this.#noRoom(added, 'all conversations here are live')
      added.push(conversation)
      for (let from = 0; from < filed.records.length; from += pieceRecords) {
        const { violation } = this.#conversations.addRecords(
          conversation,
          filed.records.slice(from, from + pieceRecords),
        )
        if (violation !== null) throw this.#noRoom(added, violation.why)
        await pause()
      }
      conversation.log.state = filed.state || conversation.log.state
      conversation.log.dropped += filed.dropped
    }
    this.#replace(added)
    this.#changed()
    return added.map(({ key }) => key)
  }

  /** Removes what was read before from a file of the same name: somebody opened it again. */
  #replace(added: readonly HubConversation[]): void {
    const again = new Set(added.map(placeInFile))
    for (const conversation of this.#conversations.all())
      if (!added.includes(conversation) && again.has(placeInFile(conversation)))
        this.#conversations.remove(conversation)
  }

  #noRoom(added: readonly HubConversation[], why: string): TurnstateError {
    for (const conversation of added) this.#conversations.remove(conversation)
    return new TurnstateError('file-too-large', `There is not enough room for the file: ${why}. Nothing was read.`)
  }

  /** Adds a page. */
  addPage(page: Page): PageConnection {
    const feed = new PageFeed(page, this.#conversations, this.#limits, () => this.#limitViolations)
    this.#pages.add(feed)
    /** What it asks for is sent at once, but not more often than updates are. */
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
      continueLog: () => {
        if (this.#pages.has(feed)) feed.continueLog()
      },
      close: () => void this.#pages.delete(feed),
    }
  }

  /** Counts a violation of a limit and shows it to pages. @param why A sentence. */
  reportViolation(why: string): void {
    this.#limitViolations = { count: (this.#limitViolations?.count ?? 0) + 1, last: why }
    this.#changed()
  }

  close(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#pages.clear()
    this.#listeners.clear()
  }

  #forPages(tell: (page: PageFeed) => void): void {
    for (const page of this.#pages) tell(page)
    this.#schedule()
  }

  #changed(): void {
    for (const page of this.#pages) page.listChanged()
    for (const listener of this.#listeners) {
      try {
        listener()
      } catch {
        // A listener that throws is removed: it must not disturb the hub.
        this.#listeners.delete(listener)
      }
    }
    this.#schedule()
  }

  /** Feeds a page. Removes one to which sending fails. Returns whether more is due. */
  #feed(page: PageFeed): boolean {
    try {
      return page.feed()
    } catch {
      this.#pages.delete(page)
      return false
    }
  }

  /** Feeds the pages after the next interval. */
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

/** Where a conversation stands in which file. */
const placeInFile = ({ origin, appKey, log }: HubConversation): string =>
  JSON.stringify([origin.kind, origin.name, appKey, log.observed?.conversation])
