// The conversations that an inspector keeps, within its limits.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { InspectionRecord } from '../observe/records.ts'
import { fitRecord } from '../wire/fit-record.ts'
import { Kept } from './kept.ts'
import type { HubLimits } from './limits.ts'

type KeptArguments = ConstructorParameters<typeof Kept>

export class Conversations {
  readonly #limits: HubLimits
  readonly #kept = new Map<string, Kept>()
  #bytes = 0
  #count = 0

  constructor(limits: HubLimits) {
    this.#limits = limits
  }

  /** What all of them cost to keep. */
  get bytes(): number {
    return this.#bytes
  }

  all(): readonly Kept[] {
    return [...this.#kept.values()]
  }

  get(key: string): Kept | undefined {
    return this.#kept.get(key)
  }

  /** Keeps one more, under a key that nobody else has. `null` where there is no room: all that are kept are live. */
  add(kind: 'file' | 'process', ...[origin, resume, announced]: Tail<KeptArguments>): Kept | null {
    while (this.#kept.size >= this.#limits.conversations) if (!this.#forgetOldest(null)) return null
    const kept = new Kept(`${kind}-${++this.#count}`, origin, resume, announced)
    this.#kept.set(kept.key, kept)
    this.#bytes += kept.bytes
    return kept
  }

  /** Forgets it, whatever it is. */
  remove(kept: Kept): void {
    if (this.#kept.delete(kept.key)) this.#bytes -= kept.bytes
  }

  /** The conversation that a process with this secret had under this name, if its connection is closed. */
  leftBy(resume: string, appKey: string): Kept | null {
    for (const kept of this.#kept.values())
      if (kept.appKey === appKey && kept.resume !== null && kept.process === null && isSame(kept.resume, resume))
        return kept
    return null
  }

  /** It was taken up again: it is the last to be forgotten. */
  renew(kept: Kept): void {
    if (this.#kept.delete(kept.key)) this.#kept.set(kept.key, kept)
  }

  /** Changes one, and says which limit that went over, in a sentence; `null` for none. */
  change(kept: Kept, change: () => void): string | null {
    const before = kept.bytes
    change()
    if (!this.#kept.has(kept.key)) return null
    this.#bytes += kept.bytes - before
    while (this.#bytes > this.#limits.bytes)
      if (!this.#forgetOldest(kept)) return `all conversations together hold more than ${this.#limits.bytes} bytes`
    if (kept.log.facts.length > this.#limits.facts) return `a conversation holds more than ${this.#limits.facts} facts`
    if (kept.lastingBytes > this.#limits.bytesOfConversation)
      return `a conversation holds more than ${this.#limits.bytesOfConversation} bytes`
    return null
  }

  /** Adds records to one, and gives them back under the numbers that they have there. */
  tell(kept: Kept, records: readonly InspectionRecord[]): { told: InspectionRecord[]; objection: string | null } {
    const told: InspectionRecord[] = []
    const objection = this.change(kept, () => {
      for (const given of records) {
        const { record, bytes } = fitRecord(given)
        told.push(kept.log.add(record, bytes))
      }
    })
    return { told, objection }
  }

  /** Of those that are over, the oldest goes, but not this one. Returns whether there was one. */
  #forgetOldest(spared: Kept | null): boolean {
    for (const kept of this.#kept.values()) {
      if (kept.isLive || kept === spared) continue
      this.remove(kept)
      return true
    }
    return false
  }
}

type Tail<List extends readonly unknown[]> = List extends readonly [unknown, ...infer Rest] ? Rest : never

/** Takes as long for a wrong secret as for the right one. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((secret) => createHash('sha256').update(secret).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
