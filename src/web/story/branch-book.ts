// What is known of turns that are shown: their siblings, and whether the model builds on them. The server is asked about each turn that
// comes into view, once, and again when head has moved onto another branch, or a reset has taken it away: a server limits requests.
import type { ClientConversation } from '../../client/index.ts'
import type { Branch } from '../../index.ts'

/** Milliseconds in which turns to be asked about are gathered. */
const gathering = 60

/** Requests that are under way at once. */
const atOnce = 4

export class BranchBook {
  /** By turn. The same object until something has changed. */
  known: ReadonlyMap<string, readonly Branch[]> = new Map()
  readonly #chat: ClientConversation
  readonly #listeners = new Set<() => void>()
  /** Turns that were asked about since head moved last. */
  readonly #asked = new Set<string>()
  #wanted: readonly string[] = []
  #isDue = false

  constructor(chat: ClientConversation) {
    this.#chat = chat
    chat.on('head.switched', () => this.#forget())
    chat.on('context.reset', ({ left }) => this.#forget(left.map(({ turnId }) => turnId)))
    for (const type of ['turn.completed', 'turn.stopped', 'turn.failed', 'turn.refused'] as const)
      chat.on(type, ({ turnId }) => this.#forget([turnId]))
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at these turns: those in view, the last ones first. */
  want(turnIds: readonly string[]): void {
    this.#wanted = turnIds
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => void this.#ask(), gathering)
  }

  /** Asks again about these turns, or about all. */
  #forget(turnIds: Iterable<string> = [...this.#asked]): void {
    for (const turnId of turnIds) this.#asked.delete(turnId)
    this.want(this.#wanted)
  }

  async #ask(): Promise<void> {
    const due = this.#wanted.filter((turnId) => !this.#asked.has(turnId)).toReversed()
    for (const turnId of due) this.#asked.add(turnId)
    const next = due.values()
    const found = new Map<string, readonly Branch[]>()
    const work = async () => {
      for (const turnId of next) {
        // A sibling may have told about it meanwhile.
        if (found.has(turnId)) continue
        const branches = await this.#chat.branches(turnId).catch(() => null)
        if (branches) for (const branch of [...branches, { turnId }]) found.set(branch.turnId, branches)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, work))
    this.#isDue = false
    if (found.size > 0) {
      // Another branch is on the path: what follows either of them is, or is not any more.
      const isMoved = [...found].some(
        ([turnId, branches]) => branches.length > 1 && !isSame(this.known.get(turnId), branches),
      )
      this.known = new Map([...this.known, ...found])
      for (const listener of this.#listeners) listener()
      if (isMoved) return this.#forget([...this.#asked].filter((turnId) => !found.has(turnId)))
    }
    if (this.#wanted.some((turnId) => !this.#asked.has(turnId))) this.want(this.#wanted)
  }
}

const isSame = (one: readonly Branch[] | undefined, other: readonly Branch[]): boolean =>
  one !== undefined && current(one) === current(other)

const current = (branches: readonly Branch[]): string | undefined => branches.find((branch) => branch.current)?.turnId

const books = new WeakMap<ClientConversation, BranchBook>()

/** The book of a conversation: all components share it. */
export function branchBookOf(chat: ClientConversation): BranchBook {
  let book = books.get(chat)
  if (!book) books.set(chat, (book = new BranchBook(chat)))
  return book
}
