import type { InspectionRecord } from '../../observe/records.ts'
import type { ControlMessage, FromPage, PageMessage, Summary, TurnedAway } from '../wire/messages.ts'
import { weigh } from '../wire/weigh.ts'
import { tooManyCommands } from './connected-process.ts'
import type { Conversations } from './conversations.ts'
import type { Kept } from './kept.ts'
import { type HubLimits, pieceBytes, pieceRecords } from './limits.ts'
import { summaryOf } from './summary.ts'

/** A page, as it comes to an inspector. */
export interface Page {
  readonly send: (message: PageMessage) => void
  /** It has taken nearly all of what it was sent. Default: always. */
  readonly isReady?: () => boolean
  /** It may send commands, and not only look. */
  readonly mayControl: boolean
}

/**
 * What one page is sent. Nothing is sent to a page that is behind; what happens meanwhile is kept up to a limit, and beyond it
 * the page is sent its conversation anew once it has caught up.
 */
export class PageFeed {
  readonly #page: Page
  readonly #conversations: Conversations
  readonly #limits: HubLimits
  readonly #turnedAway: () => TurnedAway | null
  #open: string | null = null
  /** What remains to be sent of the conversation that it opened: all of it, the rest of what was, or what is new. */
  #phase: 'everything' | 'past' | 'news' = 'news'
  #past: readonly InspectionRecord[] = []
  /** How many of those were sent. */
  #sent = 0
  #news: InspectionRecord[] = []
  #isListOld = true
  #areOffersOld = false
  #commands = 0

  constructor(page: Page, conversations: Conversations, limits: HubLimits, turnedAway: () => TurnedAway | null) {
    this.#page = page
    this.#conversations = conversations
    this.#limits = limits
    this.#turnedAway = turnedAway
  }

  /** Takes what the page says. Returns whether it has to be fed. */
  receive(message: FromPage): boolean {
    if (message.type === 'control') {
      this.#control(message)
      return false
    }
    this.#open = message.key
    this.#phase = 'everything'
    return true
  }

  /** The list is another. */
  changed(): void {
    this.#isListOld = true
  }

  offered(kept: Kept): void {
    if (kept.key === this.#open) this.#areOffersOld = true
  }

  resumed(kept: Kept): void {
    if (kept.key === this.#open) this.#phase = 'everything'
  }

  told(kept: Kept, records: readonly InspectionRecord[]): void {
    if (kept.key !== this.#open || this.#phase === 'everything') return
    for (const record of records) this.#news.push(record)
    if (this.#news.length > this.#limits.news) this.#phase = 'everything'
  }

  /**
   * Sends what is due, as far as the page takes it: of what was one piece, of what is new all of it, and then the list, which
   * never says more than what was told. Returns whether more is due.
   */
  feed(): boolean {
    const kept = this.#open === null ? undefined : this.#conversations.get(this.#open)
    const isMoreDue = kept !== undefined && this.#sendPieces(kept)
    if (!this.#isReady()) return true
    if (!this.#isListOld) return isMoreDue
    this.#isListOld = false
    const { mayControl } = this.#page
    const turnedAway = this.#turnedAway()
    this.#page.send({ type: 'list', conversations: this.#summaries(), allowsControl: mayControl, turnedAway })
    return isMoreDue
  }

  /** Goes on with what was, now that the page has taken the piece before. What is new comes with the next update. */
  goOn(): void {
    const kept = this.#open === null ? undefined : this.#conversations.get(this.#open)
    if (kept && this.#phase === 'past' && this.#isReady()) this.#sendPiece(kept)
  }

  #isReady = (): boolean => this.#page.isReady?.() ?? true

  #summaries = (): readonly Summary[] => this.#conversations.all().map((kept) => summaryOf(kept, this.#page.mayControl))

  #sendPieces(kept: Kept): boolean {
    let isMoreDue = true
    do {
      if (!this.#isReady()) return true
      isMoreDue = this.#sendPiece(kept)
    } while (isMoreDue && this.#phase === 'news')
    return isMoreDue
  }

  #sendPiece(kept: Kept): boolean {
    const { key, chart, log } = kept
    if (this.#phase === 'everything') {
      this.#news = []
      this.#past = log.all()
      this.#sent = 0
      const { records, isWhole } = this.#nextOfPast()
      this.#areOffersOld = false
      const { state, dropped } = log
      this.#page.send({ type: 'log', key, chart, records, state, offers: this.#offersOf(kept), dropped, isWhole })
    } else if (this.#phase === 'past') {
      this.#page.send({ type: 'past', key, ...this.#nextOfPast() })
    } else if (this.#news.length > 0) {
      const records = this.#news.splice(0, endOfPiece(this.#news, 0))
      this.#page.send({ type: 'records', key, records, state: log.state, dropped: log.dropped })
    }
    if (this.#areOffersOld) {
      this.#areOffersOld = false
      this.#page.send({ type: 'offers', key, offers: this.#offersOf(kept) })
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

  #offersOf = ({ offers, isLive, allowsControl }: Kept) =>
    this.#page.mayControl && allowsControl && isLive ? offers : []

  #control({ id, key, command }: ControlMessage): void {
    const done = (error: string | null) => this.#page.send({ type: 'done', id, error })
    if (!this.#page.mayControl) return done(onlyLooks)
    const kept = this.#conversations.get(key)
    if (!kept?.process || !kept.isLive) return done('The conversation is over: it can only be read.')
    if (!kept.allowsControl) return done('The process of this conversation does not allow it: it needs allowControl.')
    if (this.#commands >= this.#limits.commands) return done(tooManyCommands)
    this.#commands++
    kept.process.command(kept, command, (error) => {
      this.#commands--
      done(error)
    })
  }
}

const onlyLooks =
  'This address only looks. `turnstate inspect --allow-control` prints a second one, whose page can send events too.'

/** Where the piece of a list ends that begins at an index: after one record at least. */
function endOfPiece(records: readonly InspectionRecord[], begin: number): number {
  let bytes = 0
  let end = begin
  while (end < records.length && end - begin < pieceRecords && bytes < pieceBytes) {
    bytes += weigh(records[end])
    end++
  }
  return end
}
