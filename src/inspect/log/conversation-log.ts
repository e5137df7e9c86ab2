// Collects the records of one conversation. The hub has a log for each conversation, and a page for the one that it shows.
import { Folding, type View } from '../../journal/index.ts'
import { lostRecord } from '../../observe/lost-record.ts'
import type { FactRecord, InspectionRecord, ObservedRecord, PromptRecord } from '../../observe/records.ts'

/** Maximum records other than facts, and their bytes if these are given. The oldest are dropped first. */
const keptRecords = 5_000
const keptBytes = 8 * 1024 * 1024

/** Maximum characters of the reason for a loss: it may quote ids of any length. */
const longestReason = 300

export class ConversationLog {
  /** The journal so far, by index. */
  readonly facts: FactRecord[] = []
  /** The newest records other than facts, in order. */
  readonly others: InspectionRecord[] = []
  observed: ObservedRecord | null = null
  prompt: PromptRecord | null = null
  state = ''
  changedAt = 0
  hasEnded = false
  /** Number of records that were lost on the way, and of those that were dropped here. */
  lost = 0
  dropped = 0
  /** Bytes of all records, and of the facts among them, as given to `add`. */
  bytes = 0
  factBytes = 0
  readonly #bytesOfOthers: number[] = []
  readonly #folding = new Folding()
  /** Added to the numbers of records: an observation that starts anew counts from 0 again. */
  #base = 0
  #last = -1

  /** The view after all facts so far. */
  get view(): View {
    return this.#folding.view
  }

  /**
   * Adds a record and returns it with its number in this log. A fact that does not fit the ones before is replaced by a `lost`
   * record with the reason, because receivers could not fold it either.
   *
   * @param bytes Bytes of the record. Default 0: not counted.
   */
  add(given: InspectionRecord, bytes = 0): InspectionRecord {
    if (given.type === 'observed') this.#base = given.seq > this.#last ? 0 : this.#last + 1 - given.seq
    const record = this.#base === 0 ? given : { ...given, seq: given.seq + this.#base }
    this.#last = Math.max(this.#last, record.seq)
    this.changedAt = Math.max(this.changedAt, record.at)
    const taken = record.type === 'fact' ? this.#fact(record, bytes) : record
    if (taken.type !== 'fact') this.#other(taken, bytes)
    return taken
  }

  #other(record: Exclude<InspectionRecord, FactRecord>, bytes: number): void {
    this.others.push(record)
    this.#bytesOfOthers.push(bytes)
    this.bytes += bytes
    // Drops many at a time: moving the whole list for each record would be slow.
    if (this.others.length > keptRecords * 1.25 || this.bytes - this.factBytes > keptBytes * 1.25) this.#forgetOldest()
    switch (record.type) {
      case 'observed':
        this.observed = record
        this.state = record.state
        this.hasEnded = false
        return
      case 'prompt':
        this.prompt = record
        return
      case 'transition':
        if (record.actor === 'conversation') this.state = record.to
        return
      case 'lost':
        this.lost += record.count
        return
      case 'ended':
        this.hasEnded = true
        return
    }
  }

  /** Keeps the records that are needed to understand the others. */
  #forgetOldest(): void {
    let count = Math.max(0, this.others.length - keptRecords)
    let left = this.#bytesOfOthers.slice(count).reduce((sum, bytes) => sum + bytes, 0)
    for (; left > keptBytes; count++) left -= this.#bytesOfOthers[count] ?? 0
    const oldest = this.others.splice(0, count)
    const bytesOf = this.#bytesOfOthers.splice(0, count)
    const lasting = oldest.flatMap((record, at) =>
      record === this.observed || record === this.prompt ? [{ record, bytes: bytesOf[at] ?? 0 }] : [],
    )
    this.dropped += oldest.length - lasting.length
    this.others.unshift(...lasting.map(({ record }) => record))
    this.#bytesOfOthers.unshift(...lasting.map(({ bytes }) => bytes))
    this.bytes = this.factBytes + left + lasting.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  #fact(record: FactRecord, bytes: number): InspectionRecord {
    // Sent again, by an observation that started anew.
    if (record.index < this.facts.length) return record
    const why = record.index > this.facts.length ? 'a fact before it is missing' : this.#folding.add(record.fact)?.why
    if (why === undefined) {
      this.facts.push(record)
      this.factBytes += bytes
      this.bytes += bytes
      return record
    }
    const about = `fact ${record.index} (${record.fact.type}) does not fit: ${why}`
    return lostRecord(record, 1, about.slice(0, longestReason))
  }

  /** All kept records, in order. */
  all(): readonly InspectionRecord[] {
    return [...this.facts, ...this.others].toSorted((a, b) => a.seq - b.seq)
  }
}
