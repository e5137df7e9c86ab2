import type { ConversationState } from '../../client/wire.ts'
import type { Delta } from '../../index.ts'
import type { Position } from './position.ts'

/** An event as it waits for viewers. */
export interface Entry {
  readonly position: Position
  /** `null` for an event that is void: it is not sent any more. */
  readonly name: string | null
  /** What is sent, JSON; a delta stays apart, so that neighbours can be sent as one. */
  readonly data: string | Delta
  /** The message that it is about. */
  readonly message: string | null
  /** Whether it is the last event of its message. */
  readonly isLast: boolean
  /** Whether it changed what viewers show. Text that deltas add does not count. */
  readonly isChange: boolean
  /** The whole conversation, for viewers that have missed a change before it. It is serialised when it is sent, and not counted. */
  readonly whole: ConversationState | null
}

/** Entries that are kept as one: deltas of one block that follow each other, and otherwise a single one. */
interface Part {
  /** The number of the first entry. */
  readonly nth: number
  /** The first entry. */
  readonly entry: Entry
  count: number
  /** The texts of the deltas; `null` for any other entry. */
  readonly texts: string[] | null
  bytes: number
}

/** The most deltas, and bytes, of a part: parts leave whole. */
const longestPart = { deltas: 256, bytes: 16_384 }

/** The latest events of a conversation, up to a number of bytes. The oldest leave first, when it is trimmed. */
export class Ring {
  readonly #most: number
  #parts: Part[] = []
  /** Where the parts begin: those before it have left. */
  #from = 0
  #bytes = 0
  #next = 1

  constructor(mostBytes: number) {
    this.#most = mostBytes
  }

  /** The number that the next entry gets. */
  get next(): number {
    return this.#next
  }

  /** The number of the oldest entry that is kept, or of the next one if there is none. */
  get first(): number {
    return this.#parts[this.#from]?.nth ?? this.#next
  }

  add(entry: Entry): void {
    const { data } = entry
    const { nth } = entry.position
    const last = this.#parts.at(-1)
    const bytes = bytesOf(data) + (typeof data === 'string' ? entryBytes : 0)
    if (last?.texts && typeof data !== 'string' && continues(last, entry, data)) {
      last.texts.push(data.text)
      last.count++
      last.bytes += bytes
      this.#bytes += bytes
    } else {
      const texts = typeof data === 'string' ? null : [data.text]
      this.#parts.push({ nth, entry, count: 1, texts, bytes })
      this.#bytes += bytes
    }
    this.#next = nth + 1
  }

  /** Whether it has more bytes than it may keep. */
  get isFull(): boolean {
    return this.#bytes > this.#most
  }

  /** Lets go what is too much. The newest entry stays, however large it is. */
  trim(): void {
    while (this.isFull && this.#from < this.#parts.length - 1) this.#bytes -= this.#parts[this.#from++]?.bytes ?? 0
    if (this.#from > 256 && this.#from > this.#parts.length / 2) {
      this.#parts.splice(0, this.#from)
      this.#from = 0
    }
  }

  /** Lets go everything. */
  clear(): void {
    this.#parts = []
    this.#from = 0
    this.#bytes = 0
  }

  /** Makes all entries void that these names belong to. They keep their numbers. */
  void(names: ReadonlySet<string>): void {
    for (const [at, part] of this.#parts.entries()) {
      const { nth, entry, count, bytes } = part
      if (at < this.#from || entry.name === null || !names.has(entry.name)) continue
      const left = { ...entry, name: null, data: '', whole: null }
      this.#parts[at] = { nth, entry: left, count, texts: null, bytes: entryBytes }
      this.#bytes += entryBytes - bytes
    }
  }

  /** Whether all entries from this number on are there, and it is not beyond the next one. */
  has(nth: number): boolean {
    return nth >= this.first && nth <= this.#next
  }

  /** The entries from this number on, deltas of one block that follow each other as one; `null` when some of them have left, or are still to come. */
  since(nth: number): readonly Entry[] | null {
    if (!this.has(nth)) return null
    if (nth === this.#next) return []
    let at = this.#parts.length - 1
    // Most ask for the newest.
    while ((this.#parts[at]?.nth ?? 0) > nth) at--
    return this.#parts.slice(at).map((part) => entryOf(part, Math.max(0, nth - part.nth)))
  }
}

/** Bytes of an entry beside its data, about. */
const entryBytes = 120

/** Bytes of its data, about; of a delta, as one more of a part. */
const bytesOf = (data: Entry['data']): number =>
  typeof data === 'string' ? 2 * data.length : 40 + 2 * data.text.length

/** Whether a delta is one more of the same block, and tells of the same facts. */
function continues({ entry, count, bytes }: Part, { message, position }: Entry, delta: Delta): boolean {
  const { data: first } = entry
  return (
    typeof first !== 'string' &&
    count < longestPart.deltas &&
    bytes < longestPart.bytes &&
    first.block === delta.block &&
    first.attempt === delta.attempt &&
    first.turnId === delta.turnId &&
    first.kind === delta.kind &&
    entry.message === message &&
    entry.position.revision === position.revision &&
    entry.position.outcomes === position.outcomes
  )
}

/** What a part is sent as, without the first of its entries. */
function entryOf({ nth, entry, count, texts }: Part, without: number): Entry {
  if (count === 1) return entry
  const position = { ...entry.position, nth: nth + count - 1 }
  const { data } = entry
  if (!texts || typeof data === 'string') return { ...entry, position }
  return { ...entry, position, data: { ...data, seq: data.seq + without, text: texts.slice(without).join('') } }
}
