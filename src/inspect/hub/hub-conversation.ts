import type { ChartDefinition } from '../chart/definition.ts'
import { ConversationLog } from '../log/conversation-log.ts'
import type { ControlCommand, Offer, Origin } from '../wire/messages.ts'
import { weigh } from '../wire/weigh.ts'

/** The process of a live conversation. */
export interface CommandTarget {
  /** Enforces a limit: closes its connection. The inspector's own process loses the conversation instead. */
  hold(why: string, conversation: HubConversation): void
  /**
   * Sends it a command.
   *
   * @param answer Called once: with `null` when the command was carried out, else with the reason why not.
   */
  command(conversation: HubConversation, command: ControlCommand, answer: (error: string | null) => void): void
}

interface Announced {
  readonly chart: ChartDefinition
  readonly allowsControl: boolean
  /** Its key on the connection of its process. */
  readonly appKey: string
  /** Its process while that is connected; `null` for a conversation of a file. */
  readonly process: CommandTarget | null
}

/** One conversation, as the hub has it. */
export class HubConversation {
  /** The hub's own key for it, which no process can choose. */
  readonly key: string
  readonly origin: Origin
  /** The secret with which its process can continue it after a reconnect. */
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
  get process(): CommandTarget | null {
    return this.#announced.process
  }

  /** Whether its process is connected and it has not ended. */
  get isLive(): boolean {
    return this.process !== null && !this.log.hasEnded
  }

  /** All its bytes. */
  get bytes(): number {
    return this.log.bytes + this.#bytesOfChart + this.#bytesOfOffers
  }

  /** The bytes of it that are never dropped. */
  get lastingBytes(): number {
    return this.log.factBytes + this.#bytesOfChart + this.#bytesOfOffers
  }

  /** Its process announces it again. Its log goes on. */
  announce(announced: Announced): void {
    this.#announced = announced
    this.#bytesOfChart = weigh(announced.chart)
  }

  offer(offers: readonly Offer[]): void {
    this.offers = offers
    this.#bytesOfOffers = weigh(offers)
  }

  /** Its process detached it, or disconnected. */
  leave(): void {
    this.#announced = { ...this.#announced, process: null }
    this.offer([])
  }
}
