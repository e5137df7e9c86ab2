import type { InspectionRecord } from '../../observe/records.ts'
import type { ControlMessage, FromPage, PageMessage, Summary, LimitViolations } from '../wire/messages.ts'
import { weigh } from '../wire/weigh.ts'
import { tooManyCommands } from './connected-process.ts'
import type { Conversations } from './conversations.ts'
import type { HubConversation } from './hub-conversation.ts'
import { type HubLimits, pieceBytes, pieceRecords } from './limits.ts'
import { summaryOf } from './summary.ts'

/** A page, as the hub needs it. */
export interface Page {
  readonly send: (message: PageMessage) => void
  /** Whether it has received nearly all that was sent. Default: always. */
  readonly isReady?: () => boolean
  /** Whether it may send commands. */
  readonly mayControl: boolean
}

/**
 * Feeds one page (HUB2, HUB3).
 */
export class PageFeed {
  readonly #page: Page
  readonly #conversations: Conversations
  readonly #limits: HubLimits
  readonly #limitViolations: () => LimitViolations | null
  #open: string | null = null
  /** What is still to be sent of the open conversation: all of it, the rest of its past, or new records only. */
  #phase: 'everything' | 'past' | 'news' = 'news'
  #past: readonly InspectionRecord[] = []
  /** How many of `#past` were sent. */
  #sent = 0
  #news: InspectionRecord[] = []
  #isListOld = true
  #areOffersOld = false
  #commands = 0

  constructor(
    page: Page,
    conversations: Conversations,
    limits: HubLimits,
    limitViolations: () => LimitViolations | null,
  ) {
    this.#page = page
    this.#conversations = conversations
    this.#limits = limits
    this.#limitViolations = limitViolations
  }

  /** Handles a message of the page. Returns whether the page must be fed. */
  receive(message: FromPage): boolean {
    if (message.type === 'control') {
      this.#control(message)
      return false
    }
    this.#open = message.key
    this.#phase = 'everything'
    return true
  }

  listChanged(): void {
    this.#isListOld = true
  }

  offersChanged(conversation: HubConversation): void {
    if (conversation.key === this.#open) this.#areOffersOld = true
  }

  resumed(conversation: HubConversation): void {
    if (conversation.key === this.#open) this.#phase = 'everything'
  }

  recordsAdded(conversation: HubConversation, records: readonly InspectionRecord[]): void {
    if (conversation.key !== this.#open || this.#phase === 'everything') return
    for (const record of records) this.#news.push(record)
    if (this.#news.length > this.#limits.news) this.#phase = 'everything'
  }

  /**
   * Sends what is due, while the page is ready: one piece of the past, or all new records, and then the list, so that it never
   * counts more than the page has. Returns whether more is due.
   */
  feed(): boolean {
    const conversation = this.#open === null ? undefined : this.#conversations.get(this.#open)
    const isMoreDue = conversation !== undefined && this.#sendPieces(conversation)
    if (!this.#isReady()) return true
    if (!this.#isListOld) return isMoreDue
    this.#isListOld = false
    const { mayControl } = this.#page
    const limitViolations = this.#limitViolations()
    this.#page.send({ type: 'list', conversations: this.#summaries(), allowsControl: mayControl, limitViolations })
    return isMoreDue
  }

  /** Sends the next piece of the past, after the page has received the one before. New records come with the next update. */
  continueLog(): void {
    const conversation = this.#open === null ? undefined : this.#conversations.get(this.#open)
    if (conversation && this.#phase === 'past' && this.#isReady()) this.#sendPiece(conversation)
  }

  #isReady = (): boolean => this.#page.isReady?.() ?? true

  #summaries = (): readonly Summary[] =>
    this.#conversations.all().map((conversation) => summaryOf(conversation, this.#page.mayControl))

  #sendPieces(conversation: HubConversation): boolean {
    let isMoreDue = true
    do {
      if (!this.#isReady()) return true
      isMoreDue = this.#sendPiece(conversation)
    } while (isMoreDue && this.#phase === 'news')
    return isMoreDue
  }

  #sendPiece(conversation: HubConversation): boolean {
    const { key, chart, log } = conversation
    if (this.#phase === 'everything') {
      this.#news = []
      this.#past = log.all()
      this.#sent = 0
      const { records, isWhole } = this.#nextOfPast()
      this.#areOffersOld = false
      const { state, dropped } = log
      this.#page.send({
        type: 'log',
        key,
        chart,
        records,
        state,
        offers: this.#offersOf(conversation),
        dropped,
        isWhole,
      })
    } else if (this.#phase === 'past') {
      this.#page.send({ type: 'past', key, ...this.#nextOfPast() })
    } else if (this.#news.length > 0) {
      const records = this.#news.splice(0, endOfPiece(this.#news, 0))
      this.#page.send({ type: 'records', key, records, state: log.state, dropped: log.dropped })
    }
    if (this.#areOffersOld) {
      this.#areOffersOld = false
      this.#page.send({ type: 'offers', key, offers: this.#offersOf(conversation) })
    }
    return this.#phase !== 'news' || this.#news.length > 0
  }

  #nextOfPast(): { readonly records: readonly InspectionRecord[]; readonly isWhole: boolean } {
    const end = endOfPiece(this.#past, this.#sent)
    const records = this.#past.slice(this.#sent, end)
    this.#sent = end
    const isWhole = end === this.#past.length
    this.#phase = isWhole ? 'news' : 'past'
    if (isWhole) this.#past = []
    return { records, isWhole }
  }

  #offersOf = ({ offers, isLive, allowsControl }: HubConversation) =>
    this.#page.mayControl && allowsControl && isLive ? offers : []

  #control({ id, key, command }: ControlMessage): void {
    const done = (error: string | null) => this.#page.send({ type: 'done', id, error })
    if (!this.#page.mayControl) return done(readOnly)
    const conversation = this.#conversations.get(key)
    if (!conversation?.process || !conversation.isLive) return done('The conversation is over and can only be read.')
    if (!conversation.allowsControl)
      return done('The process of this conversation does not allow control. It needs allowControl.')
    if (this.#commands >= this.#limits.commands) return done(tooManyCommands)
    this.#commands++
    conversation.process.command(conversation, command, (error) => {
      this.#commands--
      done(error)
    })
  }
}

const readOnly =
  'This address is read-only. `turnstate inspect --allow-control` prints a second one, whose page can send events too.'

/** The end of the piece that starts at an index: after at least one record. */
function endOfPiece(records: readonly InspectionRecord[], begin: number): number {
  let bytes = 0
  let end = begin
  while (end < records.length && end - begin < pieceRecords && bytes < pieceBytes) {
    bytes += weigh(records[end])
    end++
  }
  return end
}
