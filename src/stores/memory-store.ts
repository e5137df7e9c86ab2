import type { StoredFact } from '../journal/index.ts'
import {
  checkAge,
  checkId,
  checkListOptions,
  checkOpenOptions,
  checkOwner,
  checkRevision,
  checkTitle,
  writeCursor,
} from './check-options.ts'
import { emptySummary, exportedLines, readExport } from './exported-lines.ts'
import { follow } from './following.ts'
import {
  checkAppend,
  conversationBusy,
  conversationExists,
  conversationUnknown,
  lost,
  storeClosed,
} from './store-failures.ts'
import type {
  Append,
  AppendResult,
  Checkpoint,
  ConversationListing,
  ConversationSummary,
  OpenConversation,
  OpenOptions,
  RenewResult,
  Store,
} from './store.ts'

/** How to make a store in memory. */
export interface MemoryStoreOptions {
  /** The store's clock, in milliseconds since 1970, for tests. Default: `Date`. */
  readonly clock?: { now(): number }
}

/** A conversation in a store in memory: it answers at once. */
export interface MemoryConversation extends OpenConversation {
  append(append: Append): AppendResult
  renew(): RenewResult
  checkpoint(): Checkpoint | null
  saveCheckpoint(checkpoint: Checkpoint): void
  release(): void
}

/** A store in memory. It also opens conversations at once. */
export interface MemoryStore extends Store {
  /** Like `open()`, without a promise. @throws TurnstateError as `open()` rejects */
  openNow(id: string, options?: OpenOptions): MemoryConversation
}

/** A conversation as the store keeps it. */
interface Entry {
  /** Unique in the store, so that a conversation that is deleted and created again is another one. */
  readonly key: number
  readonly id: string
  readonly owner: string | null
  readonly createdAt: number
  readonly facts: StoredFact[]
  title: string | null
  summary: ConversationSummary
  changedAt: number
  checkpoint: Checkpoint | null
  /** The newest token. */
  token: number
  /** The journal's revision when the newest token was given: what came after it was stored with that token. */
  openedAt: number
  /** Whether the writer with the newest token has not released it. */
  isHeld: boolean
  renewedAt: number
  lease: number
  isDeleted: boolean
  readonly watchers: Set<() => void>
}

/** The most facts on a page. */
const pageSize = 500

/**
 * A store that keeps conversations as long as the process lives. It shares facts with its callers and copies none: an append takes time
 * in proportion to its own facts.
 */
export const memoryStore = (options: MemoryStoreOptions = {}): MemoryStore => new StoreInMemory(options)

class StoreInMemory implements MemoryStore {
  readonly name = 'memory'
  readonly #now: () => number
  readonly #entries = new Map<string, Entry>()
  #tokens = 0
  #isClosed = false

  constructor({ clock = Date }: MemoryStoreOptions) {
    this.#now = () => Math.floor(clock.now())
  }

  async open(id: string, options?: OpenOptions): Promise<OpenConversation> {
    return this.openNow(id, options)
  }

  openNow(id: string, options?: OpenOptions): MemoryConversation {
    this.#check()
    checkId(id)
    const { owner, lease, takeOver } = checkOpenOptions(options)
    const now = this.#now()
    const token = ++this.#tokens
    const entry = this.#entries.get(id) ?? this.#created(id, owner, token, now)
    if (this.#isOpen(entry, now) && takeOver !== entry.token)
      throw conversationBusy(id, Math.max(0, now - entry.renewedAt))
    Object.assign(entry, { token, lease, openedAt: entry.facts.length, isHeld: true, renewedAt: now })
    return new Opened(entry, this.#now)
  }

  #created(id: string, owner: string | null, key: number, now: number): Entry {
    const entry: Entry = {
      key,
      id,
      owner,
      createdAt: now,
      changedAt: now,
      facts: [],
      title: null,
      summary: emptySummary,
      checkpoint: null,
      token: key,
      openedAt: 0,
      isHeld: false,
      renewedAt: now,
      lease: 0,
      isDeleted: false,
      watchers: new Set(),
    }
    this.#entries.set(id, entry)
    return entry
  }

  async get(id: string): Promise<ConversationListing | null> {
    this.#check()
    checkId(id)
    const entry = this.#entries.get(id)
    return entry ? this.#listing(entry) : null
  }

  async *facts(id: string, from = 0): AsyncGenerator<readonly StoredFact[], void> {
    this.#check()
    checkId(id)
    checkRevision(from)
    yield* pagesOf(this.#found(id), from)
  }

  async list(options?: Parameters<Store['list']>[0]): ReturnType<Store['list']> {
    this.#check()
    const { owner, changedBefore, limit, after } = checkListOptions(options)
    const found = [...this.#entries.values()]
      .filter(
        (entry) =>
          (owner === null || entry.owner === owner) &&
          (changedBefore === null || entry.changedAt <= changedBefore) &&
          (after === null || newestFirst(after, entry) < 0),
      )
      .toSorted(newestFirst)
    const page = found.slice(0, limit)
    const last = page.at(-1)
    return {
      conversations: page.map((entry) => this.#listing(entry)),
      next: last && found.length > limit ? writeCursor(last) : null,
    }
  }

  async setTitle(id: string, title: string | null): Promise<void> {
    this.#check()
    checkId(id)
    checkTitle(title)
    this.#found(id).title = title
  }

  async delete(id: string): Promise<boolean> {
    this.#check()
    checkId(id)
    const entry = this.#entries.get(id)
    if (entry) this.#erase(entry)
    return entry !== undefined
  }

  async deleteOwner(owner: string): Promise<number> {
    this.#check()
    checkOwner(owner)
    return this.#eraseAll((entry) => entry.owner === owner)
  }

  async deleteOlderThan(age: number): Promise<number> {
    this.#check()
    checkAge(age)
    const now = this.#now()
    return this.#eraseAll((entry) => entry.changedAt <= now - age && !this.#isOpen(entry, now))
  }

  async *export(id: string): AsyncGenerator<string, void> {
    this.#check()
    checkId(id)
    const entry = this.#found(id)
    const { owner, title, summary, createdAt, changedAt } = entry
    yield* exportedLines({ id, owner, title, summary, createdAt, changedAt }, pagesOf(entry, 0, entry.facts.length))
  }

  async import(...[lines, options]: Parameters<Store['import']>): Promise<string> {
    this.#check()
    const { id, facts, owner, title, summary, createdAt, changedAt } = await readExport(lines, options)
    if (this.#entries.has(id)) throw conversationExists(id)
    const entry = this.#created(id, owner, ++this.#tokens, createdAt)
    for (const fact of facts) entry.facts.push(fact)
    Object.assign(entry, { title, summary, changedAt })
    return id
  }

  follow(id: string, revision: number, { signal }: { readonly signal?: AbortSignal } = {}) {
    return follow(
      async () => {
        this.#check()
        checkId(id)
        checkRevision(revision)
        const entry = this.#found(id)
        return {
          read: async (from) => (entry.isDeleted || this.#isClosed ? null : entry.facts.slice(from, from + pageSize)),
          watch: (changed) => {
            entry.watchers.add(changed)
            return () => entry.watchers.delete(changed)
          },
        }
      },
      revision,
      signal,
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const entry of this.#entries.values()) {
      entry.isHeld = false
      wake(entry)
    }
  }

  /** @throws TurnstateError `store-closed` */
  #check(): void {
    if (this.#isClosed) throw storeClosed(this.name)
  }

  /** @throws TurnstateError `conversation-unknown` */
  #found(id: string): Entry {
    const entry = this.#entries.get(id)
    if (!entry) throw conversationUnknown(id)
    return entry
  }

  #listing(entry: Entry): ConversationListing {
    const { id, owner, title, summary, facts, createdAt, changedAt, token } = entry
    const isOpen = this.#isOpen(entry, this.#now())
    return {
      ...summary,
      id,
      owner,
      createdAt,
      changedAt,
      title: title ?? summary.title,
      revision: facts.length,
      isOpen,
      writer: isOpen ? token : null,
    }
  }

  #isOpen({ isHeld, renewedAt, lease }: Entry, now: number): boolean {
    return isHeld && now < renewedAt + lease
  }

  #eraseAll(which: (entry: Entry) => boolean): number {
    const entries = [...this.#entries.values()].filter(which)
    for (const entry of entries) this.#erase(entry)
    return entries.length
  }

  #erase(entry: Entry): void {
    this.#entries.delete(entry.id)
    Object.assign(entry, { isDeleted: true, isHeld: false, checkpoint: null, title: null, summary: emptySummary })
    entry.facts.length = 0
    wake(entry)
  }
}

/** An open conversation. It is the writer as long as its token is the newest, and nobody has released or deleted it. */
class Opened implements MemoryConversation {
  readonly id: string
  readonly token: number
  readonly revision: number
  readonly lease: number
  readonly #entry: Entry
  readonly #now: () => number
  /** An append came at a wrong revision: whoever sent it does not know the journal. */
  #isLost = false

  constructor(entry: Entry, now: () => number) {
    const { id, token, lease, facts } = entry
    this.id = id
    this.token = token
    this.lease = lease
    this.revision = facts.length
    this.#entry = entry
    this.#now = now
  }

  facts(from = 0): AsyncIterable<readonly StoredFact[]> {
    checkRevision(from)
    return pagesOf(this.#entry, from)
  }

  append(append: Append): AppendResult {
    checkAppend(append)
    const { expected, facts, summary } = append
    const entry = this.#entry
    // Facts after the revision at which it was opened carry its token: there are no others to compare.
    const stored = entry.facts.length - expected
    if (this.#isLost || !this.#isWriter || expected < entry.openedAt || stored < 0) {
      this.#isLost = true
      return lost()
    }
    for (const fact of facts.slice(stored)) entry.facts.push(fact)
    const now = this.#now()
    entry.renewedAt = now
    if (stored < facts.length) {
      entry.changedAt = now
      if (summary) entry.summary = summary
      wake(entry)
    }
    return { status: 'saved', revision: entry.facts.length }
  }

  renew(): RenewResult {
    if (this.#isLost || !this.#isWriter) return lost()
    this.#entry.renewedAt = this.#now()
    return { status: 'held' }
  }

  checkpoint(): Checkpoint | null {
    return this.#entry.checkpoint
  }

  saveCheckpoint(checkpoint: Checkpoint): void {
    if (this.#isWriter) this.#entry.checkpoint = checkpoint
  }

  release(): void {
    if (this.#isWriter) this.#entry.isHeld = false
  }

  get #isWriter(): boolean {
    return this.#entry.isHeld && this.#entry.token === this.token
  }
}

async function* pagesOf(
  entry: Entry,
  from: number,
  to: number = Infinity,
): AsyncGenerator<readonly StoredFact[], void> {
  for (let at = from; ; at += pageSize) {
    const page = entry.facts.slice(at, Math.min(at + pageSize, to))
    if (page.length > 0) yield page
    if (entry.isDeleted) throw conversationUnknown(entry.id)
    if (page.length < pageSize) return
  }
}

/** Sorts the conversation that changed last first. Keys grow, so the order is the same in every call. */
const newestFirst = (one: Pick<Entry, 'changedAt' | 'key'>, other: Pick<Entry, 'changedAt' | 'key'>): number =>
  other.changedAt - one.changedAt || other.key - one.key

const wake = ({ watchers }: Entry): void => {
  for (const changed of watchers) changed()
}
