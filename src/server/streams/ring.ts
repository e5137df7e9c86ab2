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

/** The latest events of a conversation, up to a number of bytes. The oldest leave first, when it is trimmed. */
export class Ring {
  readonly #most: number
  readonly #entries: Entry[] = []
  /** Where the entries begin: those before it have left. */
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
    return this.#next - (this.#entries.length - this.#from)
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#next = entry.position.nth + 1
    this.#bytes += sizeOf(entry)
  }

  /** Whether it has more bytes than it may keep. */
  get isFull(): boolean {
    return this.#bytes > this.#most
  }

  /** Lets go what is too much. The newest entry stays, however large it is. */
  trim(): void {
    while (this.isFull && this.#from < this.#entries.length - 1) {
      const left = this.#entries[this.#from++]
      if (left) this.#bytes -= sizeOf(left)
    }
    if (this.#from > 256 && this.#from > this.#entries.length / 2) {
      this.#entries.splice(0, this.#from)
      this.#from = 0
    }
  }

  /** Makes all entries void that these names belong to. They keep their numbers. */
  void(names: ReadonlySet<string>): void {
    for (let at = this.#from; at < this.#entries.length; at++) {
      const entry = this.#entries[at]
      if (!entry || entry.name === null || !names.has(entry.name)) continue
      this.#bytes -= sizeOf(entry)
      const left = { ...entry, name: null, data: '', whole: null }
      this.#entries[at] = left
      this.#bytes += sizeOf(left)
    }
  }

  /** The entries from this number on; `null` when some of them have left, or are still to come. */
  since(nth: number): readonly Entry[] | null {
    const { first } = this
    if (nth < first || nth > this.#next) return null
    return this.#entries.slice(this.#from + nth - first)
  }
}

/** About what an entry takes, in bytes. */
const sizeOf = ({ data }: Entry): number => 120 + 2 * (typeof data === 'string' ? data.length : data.text.length)
