import type { AppMessage, ControlCommand, ControlMessage, Offer, Origin } from '../wire/messages.ts'
import type { InspectionRecord } from '../../observe/records.ts'
import { weigh } from '../wire/weigh.ts'
import type { Conversations, Violation } from './conversations.ts'
import type { CommandTarget, HubConversation } from './hub-conversation.ts'
import type { HubLimits } from './limits.ts'

/** A process with conversations, as the hub needs it. */
export interface Process {
  readonly origin: Origin
  /** The secret with which a process continues its conversations after a reconnect. Without it they start anew. */
  readonly resume?: string | undefined
  /** Sends it a command. Returns false if it does not read at present. */
  readonly ask: (message: ControlMessage) => boolean
  /** Closes the connection because of a limit. Missing for the inspector's own process. */
  readonly disconnect?: (why: string) => void
}

/** Called with what happens to conversations. */
export interface HubObserver {
  /** A process continued a conversation: its records start anew. */
  resumed(conversation: HubConversation): void
  recordsAdded(conversation: HubConversation, records: readonly InspectionRecord[]): void
  offersChanged(conversation: HubConversation): void
  /** The list of conversations changed. */
  listChanged(): void
  /** A limit was exceeded. @param why A sentence. */
  limitViolated(why: string): void
}

interface Waiting {
  readonly conversation: HubConversation
  readonly answer: (error: string | null) => void
}

/** The connection of one process (HUB1, HUB5, HUB6). */
export class ConnectedProcess implements CommandTarget {
  readonly #process: Process
  readonly #conversations: Conversations
  readonly #observer: HubObserver
  readonly #limits: HubLimits
  /** Its conversations, by their keys on this connection. */
  readonly #own = new Map<string, HubConversation>()
  /** Commands that wait for its answer. Answers of other processes are never looked up here. */
  readonly #commands = new Map<string, Waiting>()
  #count = 0
  #isOver = false

  constructor(process: Process, conversations: Conversations, observer: HubObserver, limits: HubLimits) {
    this.#process = process
    this.#conversations = conversations
    this.#observer = observer
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

  command(conversation: HubConversation, command: ControlCommand, answer: (error: string | null) => void): void {
    if (this.#commands.size >= this.#limits.commands) return answer(tooManyCommands)
    const id = `${++this.#count}`
    this.#commands.set(id, { conversation, answer })
    if (this.#process.ask({ type: 'control', id, key: conversation.appKey, command })) return
    this.#done(id, 'The process does not read its messages at present. Nothing was done.')
  }

  hold(why: string, conversation: HubConversation | null): void {
    const { disconnect } = this.#process
    if (disconnect) {
      this.close()
      disconnect(why)
    } else if (conversation) this.#leave(conversation.appKey)
    this.#observer.limitViolated(
      disconnect ? `A process was disconnected: ${why}.` : `A conversation is not shown: ${why}.`,
    )
  }

  #announce({ key, chart, allowsControl }: Extract<AppMessage, { type: 'conversation' }>): void {
    const { origin, resume = null } = this.#process
    const announced = { chart, allowsControl, appKey: key, process: this }
    if (!Number.isFinite(weigh(chart, this.#limits.bytesOfConversation)))
      return this.hold('a chart is too large, or nested too deeply', null)
    const known = this.#own.get(key) ?? (resume === null ? null : this.#conversations.leftBy(resume, key))
    if (!this.#own.has(key) && this.#own.size >= this.#limits.conversationsOfProcess)
      return this.hold(`a process may show ${this.#limits.conversationsOfProcess} conversations at once`, null)
    const conversation = known ?? this.#conversations.add('process', origin, resume, announced)
    if (conversation === null)
      return this.hold(`${this.#limits.conversations} conversations are shown already, and all of them are live`, null)
    this.#own.set(key, conversation)
    this.#hold(this.#conversations.change(conversation, () => conversation.announce(announced)))
    if (known) {
      this.#conversations.renew(conversation)
      this.#observer.resumed(conversation)
    }
    this.#observer.listChanged()
  }

  #records({ key, records, state }: Extract<AppMessage, { type: 'records' }>): void {
    const conversation = this.#own.get(key)
    if (!conversation) return
    const { added, violation } = this.#conversations.addRecords(conversation, records)
    conversation.log.state = state.slice(0, longestState)
    this.#observer.recordsAdded(conversation, added)
    this.#hold(violation)
    if (conversation.log.hasEnded) this.#leave(key)
    this.#observer.listChanged()
  }

  #offers(key: string, offers: readonly Offer[]): void {
    const conversation = this.#own.get(key)
    if (!conversation) return
    if (!Number.isFinite(weigh(offers, this.#limits.bytesOfConversation)))
      return this.hold('the offers of a state are too large, or nested too deeply', null)
    this.#hold(this.#conversations.change(conversation, () => conversation.offer(offers)))
    this.#observer.offersChanged(conversation)
  }

  #leave(key: string): void {
    const conversation = this.#own.get(key)
    if (!conversation || !this.#own.delete(key)) return
    this.#conversations.change(conversation, () => conversation.leave())
    this.#observer.offersChanged(conversation)
    for (const [id, waiting] of this.#commands)
      if (waiting.conversation === conversation)
        this.#done(id, 'The conversation is gone. Whether the command was carried out is not known.')
    this.#observer.listChanged()
  }

  #done(id: string, error: string | null): void {
    const waiting = this.#commands.get(id)
    this.#commands.delete(id)
    waiting?.answer(error)
  }

  /** Enforces a limit on the process at fault, which may be another one (HUB5). */
  #hold(violation: Violation | null): void {
    violation?.atFault?.hold(violation.why, violation.conversation)
  }
}

/** Maximum characters of a state's name. */
const longestState = 1_000

export const tooManyCommands =
  'Too many commands wait for an answer. Nothing was done; try again after the next answer.'
