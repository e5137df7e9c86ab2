// The conversations that an inspector keeps, within its limits.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { InspectionRecord } from '../../observe/records.ts'
import { fitRecord } from '../wire/fit-record.ts'
import { type Commanded, Kept } from './kept.ts'
import type { HubLimits } from './limits.ts'

/** Who went over a limit, and which. */
export interface Objection {
  /** The end of a sentence. */
  readonly why: string
  /** The process at fault; `null` for what came from a file. */
  readonly atFault: Commanded | null
  /** Its conversation at fault. */
  readonly kept: Kept
}

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

  /** Changes one, and says who went over a limit by that; `null` where nobody did. */
  change(kept: Kept, change: () => void): Objection | null {
    const before = kept.bytes
    change()
    if (!this.#kept.has(kept.key)) return null
    this.#bytes += kept.bytes - before
    const { facts, bytesOfConversation, bytes } = this.#limits
    const atFault = kept.process
    if (kept.log.facts.length > facts) return { why: `a conversation holds more than ${facts} facts`, atFault, kept }
    if (kept.lastingBytes > bytesOfConversation)
      return { why: `a conversation holds more than ${bytesOfConversation} bytes`, atFault, kept }
    while (this.#bytes > bytes)
      if (!this.#forgetOldest(kept)) {
        const why = `all conversations together hold more than ${bytes} bytes`
        // A file is turned away. Else it is not who comes last that has to go, but who holds the most.
        return atFault === null
          ? { why, atFault, kept }
          : { why: `${why}, and it holds the most`, ...this.#heaviest(kept) }
      }
    return null
  }

  /** Adds records to one, and gives them back under the numbers that they have there. */
  tell(kept: Kept, records: readonly InspectionRecord[]): { told: InspectionRecord[]; objection: Objection | null } {
    const told: InspectionRecord[] = []
    const objection = this.change(kept, () => {
      for (const given of records) {
        const { record, bytes } = fitRecord(given)
        told.push(kept.log.add(record, bytes))
      }
    })
    return { told, objection }
  }

  /** The process whose live conversations hold the most, and the largest of those. */
  #heaviest(otherwise: Kept): { readonly atFault: Commanded | null; readonly kept: Kept } {
    const bytes = new Map<Commanded, number>()
    for (const { process, bytes: own } of this.#kept.values())
      if (process) bytes.set(process, (bytes.get(process) ?? 0) + own)
    const [atFault] = [...bytes].toSorted(([, a], [, b]) => b - a)[0] ?? [otherwise.process]
    const own = this.all().filter(({ process }) => process === atFault)
    return { atFault, kept: own.toSorted((a, b) => b.bytes - a.bytes)[0] ?? otherwise }
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
