// Everything that is known of one conversation, as its records come in. The inspector has one for each, and so has a page
// for the one that it shows.
import { Folding, type View } from '../../journal/index.ts'
import { lostRecord } from '../../observe/lost-record.ts'
import type { FactRecord, InspectionRecord, ObservedRecord, PromptRecord } from '../../observe/records.ts'

/** Records beside facts that are kept, and their bytes where those are told; the oldest go first. */
const keptRecords = 5_000
const keptBytes = 8 * 1024 * 1024

/** Ids that a fact names stand in the reason for its loss, however long they are. */
const longestReason = 300

export class ConversationLog {
  /** By index: the journal as far as it was told. */
  readonly facts: FactRecord[] = []
  /** The newest records that are no facts, in order. */
  readonly others: InspectionRecord[] = []
  observed: ObservedRecord | null = null
  prompt: PromptRecord | null = null
  state = ''
  changedAt = 0
  hasEnded = false
  /** Records that were lost on the way, and those that are kept no more. */
  lost = 0
  dropped = 0
  /** Bytes of all that is kept, of the facts among it, and of each of the others, as far as `add` was told. */
  bytes = 0
  factBytes = 0
  readonly #bytesOfOthers: number[] = []
  readonly #folding = new Folding()
  /** What is added to the numbers of records: an observation that began anew counts from 0 again. */
  #base = 0
  #last = -1

  /** Where the conversation stands by all facts so far. */
  get view(): View {
    return this.#folding.view
  }

  /**
   * Takes a record in, and gives it back under the number that it has here. A fact that can't follow upon those before it
   * comes back as a record of its loss, which says why: whoever it is passed on to could reckon with it no more.
   *
   * @param bytes What it costs to keep. Default 0: nobody counts.
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
    // In steps: to move all of them for each one would cost the length of the list.
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

  /** What tells how to read the others stays. */
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
    // Told again by an observation that began anew.
    if (record.index < this.facts.length) return record
    const why = record.index > this.facts.length ? 'one before it is missing' : this.#folding.add(record.fact)?.why
    if (why === undefined) {
      this.facts.push(record)
      this.factBytes += bytes
      this.bytes += bytes
      return record
    }
    const about = `fact ${record.index} (${record.fact.type}) does not fit: ${why}`
    return lostRecord(record, 1, about.slice(0, longestReason))
  }

  /** Everything that is kept, in the order in which it was told. */
  all(): readonly InspectionRecord[] {
    return [...this.facts, ...this.others].toSorted((a, b) => a.seq - b.seq)
  }
}
