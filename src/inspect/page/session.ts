// The page's connection to the inspector, and the data that it received.
import type { FactRecord } from '../../observe/records.ts'
import { ConversationLog } from '../log/conversation-log.ts'
import type { ChartDefinition } from '../chart/definition.ts'
import type { ControlCommand, FromPage, Offer, PageMessage, Summary, LimitViolations } from '../wire/messages.ts'
import { goesOnAs } from './conversation-names.ts'
import { type LinkedMoment, linkedKey, momentOf, readLinkedMoment } from './linked-moment.ts'
import { type Mark, marksOf, nearestRefusal } from './marks.ts'
import { Moments } from './moments.ts'
import { isStepTo, Playback } from './playback.ts'

/** The conversation that is shown. */
export interface Shown {
  readonly key: string
  readonly chart: ChartDefinition
  readonly log: ConversationLog
  readonly moments: Moments
  playback: Playback
  offers: readonly Offer[]
  /** Number of records that the inspector dropped. */
  dropped: number
}

/** Indices of the facts of the nearest refusals; `null` for none. */
export interface RefusalsAround {
  readonly before: number | null
  readonly after: number | null
}

/** Milliseconds before a lost connection is retried. */
const retryAfter = 1_000

/** The connection to the inspector and its data. Notifies listeners at most once per animation frame. */
export class Session {
  conversations: readonly Summary[] = []
  /** Whether this page may send commands. */
  allowsControl = false
  limitViolations: LimitViolations | null = null
  link: 'connecting' | 'open' | 'lost' = 'connecting'
  shown: Shown | null = null
  /** Index of the fact that time travel shows; `null` for live. */
  moment: number | null = null
  notice: string | null = null
  /** Whether a live conversation is shown as soon as it begins. Ends when one is chosen. */
  follows = true
  #socket: WebSocket | null = null
  #isScheduled = false
  #listeners = new Set<() => void>()
  #wanted: string | null = null
  #count = 0
  /** What the address leads to, until it is shown. */
  #linked: LinkedMoment | null = null
  /** The conversations that were listed so far. */
  readonly #listed = new Set<string>()

  #marked: { readonly facts: readonly FactRecord[]; readonly count: number; readonly marks: readonly Mark[] } = {
    facts: [],
    count: 0,
    marks: [],
  }

  constructor() {
    this.#goToLinked()
    addEventListener('hashchange', () => this.#goToLinked())
    this.#connect()
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Shows a conversation that somebody chose, until another one is chosen. */
  choose(key: string): void {
    this.follows = false
    this.#open(key)
  }

  follow(follows: boolean): void {
    this.follows = follows
    this.changed()
  }

  /** Shows what the address leads to, or does so as soon as it is listed. */
  #goToLinked(): void {
    const linked = readLinkedMoment(location.hash)
    if (!linked) return
    this.#linked = linked
    this.follows = false
    this.#openLinked()
  }

  #openLinked(): void {
    const key = this.#linked && linkedKey(this.#linked, this.conversations)
    if (key !== null && key !== this.#wanted) this.#open(key)
    else if (key !== null && this.shown?.key === key) this.#travelToLinked(this.shown)
  }

  #travelToLinked({ key, log, playback }: Shown): void {
    if (!this.#linked || linkedKey(this.#linked, this.conversations) !== key) return
    this.moment = momentOf(this.#linked, log.facts, playback.state)
    this.#linked = null
    this.changed()
  }

  #open(key: string): void {
    this.#wanted = key
    this.moment = null
    this.#send({ type: 'open', key })
  }

  travel(moment: number | null): void {
    this.moment = moment
    this.changed()
  }

  /** The marks of the shown journal. They are made anew only after a change. */
  marks(): readonly Mark[] {
    const facts = this.shown?.log.facts ?? []
    if (this.#marked.facts !== facts || this.#marked.count !== facts.length)
      this.#marked = { facts, count: facts.length, marks: marksOf(facts) }
    return this.#marked.marks
  }

  /** The facts of the refusals before and after the shown moment. */
  refusalsAround(): RefusalsAround {
    const marks = this.marks()
    const at = this.moment ?? (this.shown?.log.facts.length ?? 0) - 1
    return { before: nearestRefusal(marks, at, 'before'), after: nearestRefusal(marks, at, 'after') }
  }

  /** Travels to the nearest refusal, if there is one. */
  goToRefusal(direction: 'before' | 'after'): void {
    const to = this.refusalsAround()[direction]
    if (to !== null) this.travel(to)
  }

  control(command: ControlCommand): void {
    if (this.shown) this.#send({ type: 'control', id: `${++this.#count}`, key: this.shown.key, command })
  }

  say(notice: string | null): void {
    this.notice = notice
    this.changed()
  }

  /** Reads a file that an inspector exported, and shows its first conversation. */
  async importFile(file: File): Promise<void> {
    try {
      const response = await fetch(`import?name=${encodeURIComponent(file.name)}`, { method: 'POST', body: file })
      if (!response.ok) return this.say((await response.text()).trim())
      const { keys } = (await response.json()) as { readonly keys: readonly string[] }
      const [first] = keys
      if (first === undefined) return this.say('There is no conversation in the file.')
      this.say(null)
      this.choose(first)
    } catch {
      this.say('The inspector does not answer. Nothing was read.')
    }
  }

  changed(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    requestAnimationFrame(() => {
      this.#isScheduled = false
      for (const listener of this.#listeners) listener()
    })
  }

  #send(message: FromPage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message))
  }

  #connect(): void {
    const address = new URL('page', location.href)
    address.protocol = 'ws:'
    const socket = new WebSocket(address)
    this.#socket = socket
    socket.addEventListener('open', () => {
      this.link = 'open'
      if (this.#wanted !== null) this.#send({ type: 'open', key: this.#wanted })
      this.changed()
    })
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as PageMessage))
    socket.addEventListener('close', () => {
      this.link = 'lost'
      this.changed()
      setTimeout(() => this.#connect(), retryAfter)
    })
  }

  #receive(message: PageMessage): void {
    switch (message.type) {
      case 'list': {
        this.conversations = message.conversations
        this.allowsControl = message.allowsControl
        this.limitViolations = message.limitViolations
        if (this.#linked) this.#openLinked()
        this.#followNew(message.conversations)
        break
      }
      case 'log':
        this.#show(message)
        break
      case 'past': {
        const { shown } = this
        if (shown?.key !== message.key) return
        for (const record of message.records) shown.log.add(record)
        if (message.isWhole) this.#settle(shown)
        break
      }
      case 'records': {
        const { shown } = this
        if (shown?.key !== message.key) return
        for (const record of message.records) {
          shown.log.add(record)
          shown.playback.add(record)
        }
        shown.log.state = message.state
        shown.playback.arrive(message.state)
        shown.dropped = message.dropped
        break
      }
      case 'offers':
        if (this.shown?.key === message.key) this.shown.offers = message.offers
        break
      case 'done':
        this.notice = message.error
        break
    }
    this.changed()
  }

  /** Shows a live conversation that was not listed before or, at first, the latest one. */
  #followNew(conversations: readonly Summary[]): void {
    const latest = conversations.toSorted((a, b) => b.changedAt - a.changedAt)
    const live = latest.filter(({ status }) => status === 'live')
    // Its id, which its first records tell, shows whether it is one that was closed before.
    const begun = live.filter(({ key, id }) => id !== '' && !this.#listed.has(key))
    for (const { key, id } of conversations) if (id !== '') this.#listed.add(key)
    const next = this.#wanted === null ? (live[0] ?? latest[0]) : this.#nextOf(this.#wanted, begun, conversations)
    if (next) this.#open(next.key)
  }

  /** What is shown after one that is shown live: itself, opened again, or a new one, as long as none was chosen. */
  #nextOf(wanted: string, begun: readonly Summary[], conversations: readonly Summary[]): Summary | undefined {
    if (this.moment !== null) return undefined
    const itself = goesOnAs(wanted, conversations)
    return itself && begun.includes(itself) ? itself : this.follows ? begun[0] : undefined
  }

  #show({ key, chart, records, state, offers, dropped, isWhole }: Extract<PageMessage, { type: 'log' }>): void {
    const log = new ConversationLog()
    for (const record of records) log.add(record)
    const playback = new Playback(state, null, () => this.changed())
    this.shown = { key, chart, log, moments: new Moments(log), playback, offers, dropped }
    if (isWhole) this.#settle(this.shown)
  }

  /** Shows the present state at once: transitions of the past are not played. */
  #settle(shown: Shown): void {
    const { state } = shown.playback
    shown.log.state = state
    const last = shown.log.others.findLast((record) => isStepTo(record, state)) ?? null
    shown.playback = new Playback(state, last, () => this.changed())
    this.#travelToLinked(shown)
  }
}
