// A store with a database behind it.
import { TurnstateError } from '../../errors.ts'
import type { StoredFact } from '../../journal/index.ts'
import {
  checkAge,
  checkId,
  checkListOptions,
  checkOpenOptions,
  checkOwner,
  checkRevision,
  checkTitle,
  writeCursor,
} from '../check-options.ts'
import { exportedLines, readExport } from '../exported-lines.ts'
import { follow } from '../following.ts'
import { conversationBusy, conversationExists, conversationUnknown, storeClosed } from '../store-failures.ts'
import type { ConversationListing, OpenConversation, OpenOptions, Store } from '../store.ts'
import { type Backend, batch, type ConversationRow, type Erased } from './backend.ts'
import { codecFor, codecOrBlind } from './fact-codec.ts'
import { pagesOf, SqlConversation } from './sql-conversation.ts'
import { type EncryptionOptions, Keys } from './sealing.ts'

/** A store with a database. */
export interface SqlStore extends Store {
  /**
   * Wraps the data keys of all conversations with the newest key of `encryption`. Facts stay as they are. Afterwards, older keys are no
   * longer needed for what was in the store when it began. Returns how many were wrapped again.
   *
   * @throws TurnstateError `key-unknown`, `not-available` without `encryption`
   */
  rewrap(): Promise<number>
  /**
   * What is wrong with the database, a line for each finding: conversations that lack facts, and with SQLite what is wrong with its file.
   * It changes nothing.
   *
   * @throws TurnstateError `store-unavailable`
   */
  check(): Promise<readonly string[]>
}

export class StoreInSql implements SqlStore {
  readonly name: string
  readonly #backend: Backend
  readonly #keys: Keys | null
  readonly #open = new Set<SqlConversation>()
  #closing: Promise<void> | null = null

  /** @throws TurnstateError `invalid-option` */
  constructor(name: string, backend: Backend, encryption: EncryptionOptions | undefined) {
    this.name = name
    this.#backend = backend
    this.#keys = encryption === undefined ? null : new Keys(encryption)
  }

  async open(id: string, options?: OpenOptions): Promise<OpenConversation> {
    this.checkOpen()
    checkId(id)
    const checked = checkOpenOptions(options)
    const opened = await this.#backend.open({ id, ...checked, newKey: this.#keys?.create(id) ?? null })
    if ('heldFor' in opened) throw conversationBusy(id, opened.heldFor)
    const { key, token, revision, wrapped } = opened
    const given = { id, key, token, revision, lease: checked.lease }
    try {
      this.checkOpen()
      const codec = codecFor(this.#keys, id, wrapped)
      const conversation: SqlConversation = new SqlConversation(this.#backend, codec, given, () =>
        this.#open.delete(conversation),
      )
      this.#open.add(conversation)
      return conversation
    } catch (error) {
      await this.#backend.release({ key, token }).catch(() => {})
      throw error
    }
  }

  async get(id: string): Promise<ConversationListing | null> {
    this.checkOpen()
    checkId(id)
    const row = await this.#backend.find(id)
    return row ? this.#listing(row) : null
  }

  async *facts(id: string, from = 0): AsyncGenerator<readonly StoredFact[], void> {
    this.checkOpen()
    checkId(id)
    checkRevision(from)
    const row = await this.#found(id)
    yield* pagesOf(this.#backend, codecFor(this.#keys, id, row.wrapped), row, from)
  }

  async list(options?: Parameters<Store['list']>[0]): ReturnType<Store['list']> {
    this.checkOpen()
    const checked = checkListOptions(options)
    const found = await this.#backend.list({ ...checked, limit: checked.limit + 1 })
    const page = found.slice(0, checked.limit)
    const last = page.at(-1)
    return {
      conversations: page.map((row) => this.#listing(row)),
      next: last && found.length > page.length ? writeCursor(last) : null,
    }
  }

  async setTitle(id: string, title: string | null): Promise<void> {
    this.checkOpen()
    checkId(id)
    checkTitle(title)
    const { key, wrapped } = await this.#found(id)
    const codec = codecFor(this.#keys, id, wrapped)
    if (!(await this.#backend.setTitle({ key, title: codec.title(title) }))) throw conversationUnknown(id)
  }

  async delete(id: string): Promise<boolean> {
    this.checkOpen()
    checkId(id)
    return (await this.#erase({ id })) > 0
  }

  async deleteOwner(owner: string): Promise<number> {
    this.checkOpen()
    checkOwner(owner)
    return this.#erase({ owner })
  }

  async deleteOlderThan(age: number): Promise<number> {
    this.checkOpen()
    checkAge(age)
    return this.#erase({ age })
  }

  async #erase(which: Erased): Promise<number> {
    for (let count = 0; ;) {
      const erased = await this.#backend.erase(which)
      count += erased
      if (erased < batch) return count
    }
  }

  async *export(id: string): AsyncGenerator<string, void> {
    this.checkOpen()
    checkId(id)
    const row = await this.#found(id)
    const codec = codecFor(this.#keys, id, row.wrapped)
    const { owner, createdAt, changedAt, revision } = row
    const title = codec.readTitle(row.title)
    const header = { id, owner, title, summary: codec.readSummary(row), createdAt, changedAt }
    yield* exportedLines(header, pagesOf(this.#backend, codec, row, 0, revision))
  }

  async import(...[lines, options]: Parameters<Store['import']>): Promise<string> {
    this.checkOpen()
    const { id, owner, title, summary, createdAt, changedAt, facts } = await readExport(lines, options)
    this.checkOpen()
    const wrapped = this.#keys?.create(id) ?? null
    const codec = codecFor(this.#keys, id, wrapped)
    const isImported = await this.#backend.import(
      {
        id,
        owner,
        title: codec.title(title),
        ...codec.summary(summary),
        createdAt,
        changedAt,
        wrapped,
        facts: await codec.facts(facts),
      },
      codec.seal,
    )
    if (!isImported) throw conversationExists(id)
    return id
  }

  follow(id: string, revision: number, { signal }: { readonly signal?: AbortSignal } = {}) {
    return follow(
      async () => {
        this.checkOpen()
        checkId(id)
        checkRevision(revision)
        const row = await this.#found(id)
        const codec = codecFor(this.#keys, id, row.wrapped)
        return {
          read: async (from) => {
            if (this.#closing) return null
            const { key } = row
            const page = await this.#backend.page({ key, from, to: Number.MAX_SAFE_INTEGER })
            return page?.map((each) => codec.readFact(each)) ?? null
          },
          watch: (changed) => {
            this.#followers.add(changed)
            const unwatch = this.#backend.watch(row.key, changed)
            return () => {
              this.#followers.delete(changed)
              unwatch()
            }
          },
        }
      },
      revision,
      signal,
    )
  }

  readonly #followers = new Set<() => void>()

  async rewrap(): Promise<number> {
    this.checkOpen()
    const keys = this.#keys
    if (!keys) throw notEncrypted()
    for (let [after, count] = [0, 0]; ;) {
      const found = await this.#backend.keys({ except: keys.newest, after })
      const last = found.at(-1)
      if (!last) return count
      after = last.key
      count += await this.#backend.replaceKeys(
        found.map(({ key, id, ...wrapped }) => ({ key, from: wrapped.dataKey, to: keys.rewrap(id, wrapped) })),
      )
    }
  }

  async check(): Promise<readonly string[]> {
    this.checkOpen()
    return this.#backend.check()
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#open].map((conversation) => conversation.release()))
    // `#closing` is set by now: followers end.
    for (const changed of this.#followers) changed()
    await this.#backend.close()
  }

  /** @throws TurnstateError `store-closed` */
  checkOpen(): void {
    if (this.#closing) throw storeClosed(this.name)
  }

  /** @throws TurnstateError `conversation-unknown` */
  async #found(id: string): Promise<ConversationRow> {
    const row = await this.#backend.find(id)
    if (!row) throw conversationUnknown(id)
    return row
  }

  #listing(row: ConversationRow): ConversationListing {
    return codecOrBlind(this.#keys, row.id, row.wrapped).listing(row)
  }
}

const notEncrypted = () =>
  new TurnstateError('not-available', 'The store has no encryption: there are no keys to wrap.')
