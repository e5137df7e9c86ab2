import type { ChartDefinition } from '../chart/definition.ts'
import { ConversationLog } from '../log/conversation-log.ts'
import type { ControlCommand, Offer, Origin } from '../wire/messages.ts'
import { weigh } from '../wire/weigh.ts'

/** The process of a live conversation. */
export interface Commanded {
  /** Holds it to a limit that it went over: its connection ends. The inspector's own process lets go of the conversation instead. */
  hold(why: string, kept: Kept): void
  /**
   * Asks it to do something.
   *
   * @param answer Called once: with `null` where it was done, else with why it was not.
   */
  command(kept: Kept, command: ControlCommand, answer: (error: string | null) => void): void
}

interface Announced {
  readonly chart: ChartDefinition
  readonly allowsControl: boolean
  /** What the conversation is called on the connection of its process. */
  readonly appKey: string
  /** Its process, as long as that is connected; `null` for one of a file. */
  readonly process: Commanded | null
}

/** One conversation, as the inspector has it. */
export class Kept {
  /** Its name in this inspector, which the inspector made: nobody can announce a conversation under it. */
  readonly key: string
  readonly origin: Origin
  /** The secret by which its process goes on with it once it lost its connection. */
  readonly resume: string | null
  readonly log = new ConversationLog()
  offers: readonly Offer[] = []
  #announced: Announced
  #bytesOfOffers = 0
  #bytesOfChart: number

  constructor(key: string, origin: Origin, resume: string | null, announced: Announced) {
    this.key = key
    this.origin = origin
    this.resume = resume
    this.#announced = announced
    this.#bytesOfChart = weigh(announced.chart)
  }

  get chart(): ChartDefinition {
    return this.#announced.chart
  }
  get allowsControl(): boolean {
    return this.#announced.allowsControl
  }
  get appKey(): string {
    return this.#announced.appKey
  }
  get process(): Commanded | null {
    return this.#announced.process
  }

  /** Its process is connected, and it goes on. */
  get isLive(): boolean {
    return this.process !== null && !this.log.hasEnded
  }

  /** What it costs to keep. */
  get bytes(): number {
    return this.log.bytes + this.#bytesOfChart + this.#bytesOfOffers
  }

  /** What of that is never dropped. */
  get lastingBytes(): number {
    return this.log.factBytes + this.#bytesOfChart + this.#bytesOfOffers
  }

  /** Its process announces it again. What was seen of it before goes on. */
  announce(announced: Announced): void {
    this.#announced = announced
    this.#bytesOfChart = weigh(announced.chart)
  }

  offer(offers: readonly Offer[]): void {
    this.offers = offers
    this.#bytesOfOffers = weigh(offers)
  }

  /** Its process let go of it, or went. */
  leave(): void {
    this.#announced = { ...this.#announced, process: null }
    this.offer([])
  }
}
