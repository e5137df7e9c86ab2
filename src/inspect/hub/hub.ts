// The middle of an inspector: keeps what processes tell of their conversations, and shows it to pages.
import { type Clock, systemClock } from '../../clock.ts'
import type { FiledConversation } from '../file/inspection-file.ts'
import { ConversationLog } from '../log/conversation-log.ts'
import type { InspectionRecord } from '../observe/records.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { AppMessage, ControlMessage, FromPage, Offer, Origin, PageMessage, Summary } from '../wire/messages.ts'
import { summaryOf } from './summary.ts'

/** Milliseconds between two updates of a page. */
const frame = 100

/** Conversations that are kept; of those that are over, the oldest go first. */
const keptConversations = 500

/** One conversation, as the inspector has it. */
export interface Kept {
  readonly key: string
  readonly origin: Origin
  readonly chart: ChartDefinition
  readonly log: ConversationLog
  readonly allowsControl: boolean
  offers: readonly Offer[]
  isGone: boolean
  /** How to ask its process for something; missing for what came from a file. */
  readonly ask?: (message: ControlMessage) => void
  /** Its name on the connection of its process. */
  readonly appKey: string
}

interface Page {
  readonly send: (message: PageMessage) => void
  open: string | null
  readonly news: InspectionRecord[]
}

export interface HubOptions {
  readonly allowControl: boolean
  readonly clock?: Clock
}

export interface Connection<Message> {
  receive(message: Message): void
  close(): void
}

export class Hub {
  readonly #options: HubOptions
  readonly #clock: Clock
  readonly #kept = new Map<string, Kept>()
  readonly #pages = new Set<Page>()
  readonly #asked = new Map<string, { readonly page: Page; readonly id: string; readonly kept: Kept }>()
  readonly #listeners = new Set<() => void>()
  #timer: unknown = null
  #count = 0

  constructor(options: HubOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  get conversations(): readonly Kept[] {
    return [...this.#kept.values()]
  }

  summaries(): readonly Summary[] {
    return this.conversations.map((kept) => summaryOf(kept, this.#options.allowControl))
  }

  /** Told when something came. Returns how to end it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** A process with conversations has come. */
  addProcess(origin: Origin, ask: (message: ControlMessage) => void): Connection<AppMessage> {
    const own = new Map<string, Kept>()
    const leave = (key: string) => {
      const kept = own.get(key)
      if (!own.delete(key) || !kept) return
      if (!kept.log.hasEnded) kept.isGone = true
      this.#offers(kept, [])
      for (const [asked, waiting] of this.#asked)
        if (waiting.kept === kept) this.#done(asked, 'The conversation is gone: whether it was done is not known.')
      this.#changed()
    }
    return {
      receive: (message) => {
        switch (message.type) {
          case 'conversation': {
            const kept = this.#keep(message.key, origin, message.chart, message.allowsControl, ask)
            return void own.set(message.key, kept)
          }
          case 'records': {
            const kept = own.get(message.key)
            this.#records(kept, message)
            return kept?.log.hasEnded ? leave(message.key) : undefined
          }
          case 'offers':
            return this.#offers(own.get(message.key), message.offers)
          case 'gone':
            return leave(message.key)
          case 'done':
            return this.#done(message.id, message.error)
        }
      },
      close: () => {
        for (const key of own.keys()) leave(key)
      },
    }
  }

  /** Conversations of a file. They can be read, and nothing else. */
  addFile(name: string, conversations: readonly FiledConversation[]): readonly string[] {
    const origin: Origin = { kind: 'file', name, pid: null, id: name }
    return conversations.map(({ chart, records, state, dropped }, index) => {
      const kept = this.#keep(`${index}`, origin, chart, false, undefined)
      for (const record of records) kept.log.add(record)
      kept.log.state = state || kept.log.state
      kept.log.dropped += dropped
      this.#changed()
      return kept.key
    })
  }

  /** A page has come. */
  addPage(send: (message: PageMessage) => void): Connection<FromPage> {
    const page: Page = { send, open: null, news: [] }
    this.#pages.add(page)
    this.#sendList(page)
    return {
      receive: (message) => (message.type === 'open' ? this.#open(page, message.key) : this.#control(page, message)),
      close: () => void this.#pages.delete(page),
    }
  }

  close(): void {
    if (this.#timer !== null) this.#clock.clearTimeout(this.#timer)
    this.#timer = null
    this.#pages.clear()
    this.#listeners.clear()
  }

  #keep(
    appKey: string,
    origin: Origin,
    chart: ChartDefinition,
    allowsControl: boolean,
    ask: ((message: ControlMessage) => void) | undefined,
  ): Kept {
    // A process that lost its connection and came back tells everything anew.
    const key = origin.kind === 'file' ? `file-${++this.#count}` : `${origin.id}-${appKey}`
    // What was seen of it before goes on.
    const log = this.#kept.get(key)?.log ?? new ConversationLog()
    const kept = { key, appKey, origin, chart, log, allowsControl, offers: [], isGone: false, ...(ask ? { ask } : {}) }
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    this.#forgetOldest()
    for (const page of this.#pages) if (page.open === key) this.#open(page, key)
    this.#changed()
    return kept
  }

  #forgetOldest(): void {
    for (const [key, { log, origin, isGone }] of this.#kept) {
      if (this.#kept.size <= keptConversations) return
      if (log.hasEnded || isGone || origin.kind === 'file') this.#kept.delete(key)
    }
  }

  #records(kept: Kept | undefined, { records, state }: Extract<AppMessage, { type: 'records' }>): void {
    if (!kept) return
    // A page that came later knows only the numbers that records have here.
    const news = records.map((record) => kept.log.add(record))
    kept.log.state = state
    for (const page of this.#pages) if (page.open === kept.key) page.news.push(...news)
    this.#changed()
  }

  #offers(kept: Kept | undefined, offers: readonly Offer[]): void {
    if (!kept) return
    kept.offers = offers
    for (const page of this.#pages)
      if (page.open === kept.key) page.send({ type: 'offers', key: kept.key, offers: this.#offersOf(kept) })
  }

  #offersOf = ({ offers, isGone, allowsControl }: Kept): readonly Offer[] =>
    this.#options.allowControl && allowsControl && !isGone ? offers : []

  #open(page: Page, key: string): void {
    page.open = key
    page.news.length = 0
    const kept = this.#kept.get(key)
    if (!kept) return
    const { chart, log } = kept
    page.send({
      type: 'log',
      key,
      chart,
      records: log.all(),
      state: log.state,
      offers: this.#offersOf(kept),
      dropped: log.dropped,
    })
  }

  #control(page: Page, { id, key, command }: ControlMessage): void {
    const kept = this.#kept.get(key)
    const done = (error: string) => page.send({ type: 'done', id, error })
    if (!this.#options.allowControl)
      return done('This inspector only shows. Start it with --allow-control to send events from the page.')
    if (!kept?.ask || kept.isGone || kept.log.hasEnded) return done('The conversation is over: it can only be read.')
    const asked = `${++this.#count}`
    this.#asked.set(asked, { page, id, kept })
    kept.ask({ type: 'control', id: asked, key: kept.appKey, command })
  }

  #done(asked: string, error: string | null): void {
    const waiting = this.#asked.get(asked)
    this.#asked.delete(asked)
    waiting?.page.send({ type: 'done', id: waiting.id, error })
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
    if (this.#pages.size === 0 || this.#timer !== null) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = null
      this.#update()
    }, frame)
  }

  #update(): void {
    for (const page of this.#pages) {
      const kept = page.open === null ? undefined : this.#kept.get(page.open)
      if (kept && page.news.length > 0) {
        const { key, log } = kept
        page.send({ type: 'records', key, records: page.news.splice(0), state: log.state, dropped: log.dropped })
      }
      this.#sendList(page)
    }
  }

  #sendList({ send }: Page): void {
    send({ type: 'list', conversations: this.summaries(), allowsControl: this.#options.allowControl })
  }
}
