// What is known of turns that are shown: their siblings, why the model no longer sees them, what they cost. The server is asked about
// all turns that come into view, in one request, and again about those that something has happened to.
import type { ClientConversation } from '../../client/index.ts'
import type { TurnStanding } from '../../index.ts'

/** Milliseconds in which turns to be asked about are gathered. */
const gathering = 40

/** Milliseconds before a server is asked again that did not answer: at first, and at most. */
const again = { first: 2_000, longest: 60_000 } as const

/** The server takes no more at once. */
const atOnce = 100

/** What is known of turns, by their ids. */
export type Standings = ReadonlyMap<string, TurnStanding>

/** Asks where turns stand. Rejects if there is no answer. */
export type ReadStandings = (id: string, turnIds: readonly string[]) => Promise<readonly TurnStanding[]>

type Watched = Pick<ClientConversation, 'id' | 'on' | 'connection'>

export class TurnBook {
  /** The same object until something has changed. */
  known: Standings = new Map()
  readonly #chat: Watched
  readonly #read: ReadStandings
  readonly #listeners = new Set<() => void>()
  /** Turns that nothing has happened to since they were asked about. */
  readonly #asked = new Set<string>()
  #wanted: readonly string[] = []
  #isDue = false
  /** Requests in a row that had no answer. */
  #failures = 0

  constructor(chat: Watched, read: ReadStandings) {
    this.#chat = chat
    this.#read = read
    chat.on('head.switched', () => this.#forget())
    chat.on('context.reset', ({ left }) => this.#forget(left.map(({ turnId }) => turnId)))
    for (const type of ['context.setAside', 'context.takenBack'] as const)
      chat.on(type, ({ turns }) => this.#forget(turns))
    for (const type of ['turn.completed', 'turn.stopped', 'turn.failed', 'turn.refused', 'turn.continued'] as const)
      chat.on(type, ({ turnId }) => this.#forget([turnId]))
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Looks at these turns: those in view. */
  want(turnIds: readonly string[]): void {
    this.#wanted = turnIds
    this.#askIn(gathering)
  }

  #askIn(milliseconds: number): void {
    if (this.#isDue) return
    this.#isDue = true
    setTimeout(() => void this.#ask(), milliseconds)
  }

  /** Asks again about these turns, or about all. */
  #forget(turnIds: Iterable<string> = [...this.#asked]): void {
    for (const turnId of turnIds) this.#asked.delete(turnId)
    this.#askIn(gathering)
  }

  async #ask(): Promise<void> {
    // The last ones first: people see the end.
    const due = this.#wanted.filter((turnId) => !this.#asked.has(turnId)).slice(-atOnce)
    if (due.length === 0 || this.#chat.connection === 'closed') {
      this.#isDue = false
      return
    }
    for (const turnId of due) this.#asked.add(turnId)
    const found = await this.#read(this.#chat.id, due).catch(() => null)
    this.#isDue = false
    if (found === null) {
      for (const turnId of due) this.#asked.delete(turnId)
      return this.#askIn(Math.min(again.first * 2 ** this.#failures++, again.longest))
    }
    this.#failures = 0
    const before = this.known
    const news = withSiblings(found, before)
    this.known = new Map([...before, ...news])
    for (const listener of this.#listeners) listener()
    // Another branch is on the path: what follows either of them is, or is not any more.
    if ([...news].some(([turnId, standing]) => isMoved(before.get(turnId), standing))) {
      const answered = new Set(due)
      this.#forget([...this.#asked].filter((turnId) => !answered.has(turnId)))
    } else if (this.#wanted.some((turnId) => !this.#asked.has(turnId))) this.#askIn(gathering)
  }
}

/** What was found, and what it says about siblings that are known already. */
function withSiblings(found: readonly TurnStanding[], known: Standings): Standings {
  const news = new Map(found.map((standing) => [standing.turnId, standing]))
  for (const { branches } of found)
    for (const { turnId } of branches) {
      const sibling = known.get(turnId)
      if (sibling && !news.has(turnId)) news.set(turnId, { ...sibling, branches })
    }
  return news
}

/** Whether another one of several siblings is on the path than before. */
const isMoved = (before: TurnStanding | undefined, { branches }: TurnStanding): boolean =>
  before !== undefined && branches.length > 1 && current(before) !== current({ branches })

const current = ({ branches }: Pick<TurnStanding, 'branches'>): string | undefined =>
  branches.find((branch) => branch.current)?.turnId
