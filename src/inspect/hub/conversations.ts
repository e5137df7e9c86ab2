// The conversations of a hub, within its limits.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { InspectionRecord } from '../../observe/records.ts'
import { fitRecord } from '../wire/fit-record.ts'
import { type CommandTarget, HubConversation } from './hub-conversation.ts'
import type { HubLimits } from './limits.ts'

/** A limit that was exceeded, and by whom. */
export interface Violation {
  /** The end of a sentence. */
  readonly why: string
  /** The process at fault; `null` for a file. */
  readonly atFault: CommandTarget | null
  /** The conversation at fault. */
  readonly conversation: HubConversation
}

type HubConversationArguments = ConstructorParameters<typeof HubConversation>

export class Conversations {
  readonly #limits: HubLimits
  readonly #conversation = new Map<string, HubConversation>()
  #bytes = 0
  #count = 0

  constructor(limits: HubLimits) {
    this.#limits = limits
  }

  /** Bytes of all conversations. */
  get bytes(): number {
    return this.#bytes
  }

  all(): readonly HubConversation[] {
    return [...this.#conversation.values()]
  }

  get(key: string): HubConversation | undefined {
    return this.#conversation.get(key)
  }

  /** Adds a conversation under a new key. Returns `null` if there is no room, because all are live (HUB4). */
  add(
    kind: 'file' | 'process',
    ...[origin, resume, announced]: Tail<HubConversationArguments>
  ): HubConversation | null {
    while (this.#conversation.size >= this.#limits.conversations) if (!this.#forgetOldest(null)) return null
    const conversation = new HubConversation(`${kind}-${++this.#count}`, origin, resume, announced)
    this.#conversation.set(conversation.key, conversation)
    this.#bytes += conversation.bytes
    return conversation
  }

  /** Removes a conversation, live or not. */
  remove(conversation: HubConversation): void {
    if (this.#conversation.delete(conversation.key)) this.#bytes -= conversation.bytes
  }

  /** The conversation that a process with this secret had under this key, if its connection is closed. */
  leftBy(resume: string, appKey: string): HubConversation | null {
    for (const conversation of this.#conversation.values())
      if (
        conversation.appKey === appKey &&
        conversation.resume !== null &&
        conversation.process === null &&
        isSame(conversation.resume, resume)
      )
        return conversation
    return null
  }

  /** Moves a continued conversation to the end of the order in which conversations are forgotten. */
  renew(conversation: HubConversation): void {
    if (this.#conversation.delete(conversation.key)) this.#conversation.set(conversation.key, conversation)
  }

  /** Changes a conversation. Returns which limit that exceeded; `null` for none. */
  change(conversation: HubConversation, change: () => void): Violation | null {
    const before = conversation.bytes
    change()
    if (!this.#conversation.has(conversation.key)) return null
    this.#bytes += conversation.bytes - before
    const { facts, bytesOfConversation, bytes } = this.#limits
    const atFault = conversation.process
    if (conversation.log.facts.length > facts)
      return { why: `a conversation holds more than ${facts} facts`, atFault, conversation }
    if (conversation.lastingBytes > bytesOfConversation)
      return { why: `a conversation holds more than ${bytesOfConversation} bytes`, atFault, conversation }
    while (this.#bytes > bytes)
      if (!this.#forgetOldest(conversation)) {
        const why = `all conversations together hold more than ${bytes} bytes`
        // A file is rejected. Among processes not the last one has to go, but the one that holds the most (HUB5).
        return atFault === null
          ? { why, atFault, conversation }
          : { why: `${why}, and it holds the most`, ...this.#heaviest(conversation) }
      }
    return null
  }

  /** Adds records to a conversation. Returns them with their numbers there. */
  addRecords(
    conversation: HubConversation,
    records: readonly InspectionRecord[],
  ): { added: InspectionRecord[]; violation: Violation | null } {
    const added: InspectionRecord[] = []
    const violation = this.change(conversation, () => {
      for (const given of records) {
        const { record, bytes } = fitRecord(given)
        added.push(conversation.log.add(record, bytes))
      }
    })
    return { added, violation }
  }

  /** The process whose live conversations hold the most, and the largest of them. */
  #heaviest(otherwise: HubConversation): {
    readonly atFault: CommandTarget | null
    readonly conversation: HubConversation
  } {
    const bytes = new Map<CommandTarget, number>()
    for (const { process, bytes: own } of this.#conversation.values())
      if (process) bytes.set(process, (bytes.get(process) ?? 0) + own)
    const [atFault] = [...bytes].toSorted(([, a], [, b]) => b - a)[0] ?? [otherwise.process]
    const own = this.all().filter(({ process }) => process === atFault)
    return { atFault, conversation: own.toSorted((a, b) => b.bytes - a.bytes)[0] ?? otherwise }
  }

  /** Forgets the oldest conversation that is over, but not `spared`. Returns whether there was one. */
  #forgetOldest(spared: HubConversation | null): boolean {
    for (const conversation of this.#conversation.values()) {
      if (conversation.isLive || conversation === spared) continue
      this.remove(conversation)
      return true
    }
    return false
  }
}

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never

/** Compares in constant time. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((secret) => createHash('sha256').update(secret).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
