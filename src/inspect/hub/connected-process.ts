import type { AppMessage, ControlCommand, ControlMessage, Offer, Origin } from '../wire/messages.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { weigh } from '../wire/weigh.ts'
import type { Conversations, Objection } from './conversations.ts'
import type { Commanded, Kept } from './kept.ts'
import type { HubLimits } from './limits.ts'

/** A process, as it comes to an inspector. */
export interface Process {
  readonly origin: Origin
  /** The secret by which a process that lost its connection goes on with its conversations. Without one it begins anew. */
  readonly resume?: string | undefined
  /** Sends it a command. Returns whether it takes one now. */
  readonly ask: (message: ControlMessage) => boolean
  /** Ends the connection, which went over a limit. Left out for the process of the inspector itself. */
  readonly cutOff?: (why: string) => void
}

/** Whoever is told what happens to conversations. */
export interface Audience {
  /** A conversation was taken up again: what is known of it is to be told anew. */
  resumed(kept: Kept): void
  told(kept: Kept, records: readonly InspectionRecord[]): void
  offered(kept: Kept): void
  /** Something of the list is another. */
  changed(): void
  /** A limit was gone over, in a sentence. */
  turnedAway(why: string): void
}

interface Waiting {
  readonly kept: Kept
  readonly answer: (error: string | null) => void
}

/** The connection of a process. What it says goes to the conversations that it announced itself, and to no others. */
export class ConnectedProcess implements Commanded {
  readonly #process: Process
  readonly #conversations: Conversations
  readonly #audience: Audience
  readonly #limits: HubLimits
  /** By their names on this connection. */
  readonly #own = new Map<string, Kept>()
  /** Commands that it was sent. Only its own answers count, because only they are looked for here. */
  readonly #commands = new Map<string, Waiting>()
  #count = 0
  #isOver = false

  constructor(process: Process, conversations: Conversations, audience: Audience, limits: HubLimits) {
    this.#process = process
    this.#conversations = conversations
    this.#audience = audience
    this.#limits = limits
  }

  receive(message: AppMessage): void {
    if (this.#isOver) return
    switch (message.type) {
      case 'conversation':
        return this.#announce(message)
      case 'records':
        return this.#records(message)
      case 'offers':
        return this.#offers(message.key, message.offers)
      case 'gone':
        return this.#leave(message.key)
      case 'done':
        return this.#done(message.id, message.error)
    }
  }

  close(): void {
    this.#isOver = true
    for (const key of this.#own.keys()) this.#leave(key)
  }

  command(kept: Kept, command: ControlCommand, answer: (error: string | null) => void): void {
    if (this.#commands.size >= this.#limits.commands) return answer(tooManyCommands)
    const id = `${++this.#count}`
    this.#commands.set(id, { kept, answer })
    if (this.#process.ask({ type: 'control', id, key: kept.appKey, command })) return
    this.#done(id, 'Its process does not read what it is sent. Nothing was done.')
  }

  hold(why: string, kept: Kept | null): void {
    const { cutOff } = this.#process
    if (cutOff) {
      this.close()
      cutOff(why)
    } else if (kept) this.#leave(kept.appKey)
    this.#audience.turnedAway(
      cutOff ? `The connection of a process was closed: ${why}.` : `A conversation is not shown: ${why}.`,
    )
  }

  #announce({ key, chart, allowsControl }: Extract<AppMessage, { type: 'conversation' }>): void {
    const { origin, resume = null } = this.#process
    const announced = { chart, allowsControl, appKey: key, process: this }
    if (!Number.isFinite(weigh(chart, this.#limits.bytesOfConversation)))
      return this.hold('a chart is too large, or nested too deep', null)
    const known = this.#own.get(key) ?? (resume === null ? null : this.#conversations.leftBy(resume, key))
    if (!this.#own.has(key) && this.#own.size >= this.#limits.conversationsOfProcess)
      return this.hold(`a process may show ${this.#limits.conversationsOfProcess} conversations at once`, null)
    const kept = known ?? this.#conversations.add('process', origin, resume, announced)
    if (kept === null)
      return this.hold(`${this.#limits.conversations} conversations are shown already, and all of them go on`, null)
    this.#own.set(key, kept)
    this.#hold(this.#conversations.change(kept, () => kept.announce(announced)))
    if (known) {
      this.#conversations.renew(kept)
      this.#audience.resumed(kept)
    }
    this.#audience.changed()
  }

  #records({ key, records, state }: Extract<AppMessage, { type: 'records' }>): void {
    const kept = this.#own.get(key)
    if (!kept) return
    const { told, objection } = this.#conversations.tell(kept, records)
    kept.log.state = state.slice(0, longestState)
    this.#audience.told(kept, told)
    this.#hold(objection)
    if (kept.log.hasEnded) this.#leave(key)
    this.#audience.changed()
  }

  #offers(key: string, offers: readonly Offer[]): void {
    const kept = this.#own.get(key)
    if (!kept) return
    if (!Number.isFinite(weigh(offers, this.#limits.bytesOfConversation)))
      return this.hold('what a state takes is too large, or nested too deep', null)
    this.#hold(this.#conversations.change(kept, () => kept.offer(offers)))
    this.#audience.offered(kept)
  }

  #leave(key: string): void {
    const kept = this.#own.get(key)
    if (!kept || !this.#own.delete(key)) return
    this.#conversations.change(kept, () => kept.leave())
    this.#audience.offered(kept)
    for (const [id, waiting] of this.#commands)
      if (waiting.kept === kept) this.#done(id, 'The conversation is gone: whether it was done is not known.')
    this.#audience.changed()
  }

  #done(id: string, error: string | null): void {
    const waiting = this.#commands.get(id)
    this.#commands.delete(id)
    waiting?.answer(error)
  }

  /** Holds whoever is at fault to a limit: it need not be this process. */
  #hold(objection: Objection | null): void {
    objection?.atFault?.hold(objection.why, objection.kept)
  }
}

/** Characters. */
const longestState = 1_000

export const tooManyCommands = 'Too many commands wait for an answer. Nothing was done; wait for one.'
