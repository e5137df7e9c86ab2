import { TurnstateError } from '../../errors.ts'
import type { StoredFact } from '../../journal/index.ts'
import { checkRevision } from '../check-options.ts'
import { checkAppend, conversationUnknown, failed, lost } from '../store-failures.ts'
import type { Append, AppendResult, Checkpoint, OpenConversation, RenewResult } from '../store.ts'
import type { Backend, WriterRequest } from './backend.ts'
import type { Codec } from './fact-codec.ts'

/** What an opened conversation was given. */
interface Given extends WriterRequest {
  readonly id: string
  readonly revision: number
  readonly lease: number
}

/** An open conversation in a store with a database. */
export class SqlConversation implements OpenConversation {
  readonly id: string
  readonly token: number
  readonly revision: number
  readonly lease: number
  readonly #key: number
  readonly #backend: Backend
  readonly #codec: Codec
  readonly #released: () => void
  /** The appends so far, one after another. */
  #appends: Promise<unknown> = Promise.resolve()
  /** The number of facts that are known to be stored. */
  #stored: number
  /** An append failed, so it is not known whether its facts are stored. */
  #isUnsure = false
  #isLost = false
  #releasing: Promise<void> | null = null

  constructor(backend: Backend, codec: Codec, { id, key, token, revision, lease }: Given, released: () => void) {
    this.id = id
    this.token = token
    this.revision = revision
    this.lease = lease
    this.#stored = revision
    this.#key = key
    this.#backend = backend
    this.#codec = codec
    this.#released = released
  }

  async *facts(from = 0): AsyncGenerator<readonly StoredFact[], void> {
    checkRevision(from)
    yield* pagesOf(this.#backend, this.#codec, { key: this.#key, id: this.id }, from)
  }

  async append(append: Append): Promise<AppendResult> {
    checkAppend(append)
    const answer = this.#appends.then(() => this.#append(append))
    this.#appends = answer
    return answer
  }

  async #append({ expected, facts, summary }: Append): Promise<AppendResult> {
    if (this.#isLost || this.#releasing) return lost()
    // It was sent before the answer to an append that failed: the facts between are still to come.
    if (expected > this.#stored && this.#isUnsure) return failed()
    try {
      const rows = await this.#codec.facts(facts)
      const revision = await this.#backend.append(
        { ...this.#writer, expected, facts: rows, summary: summary ? this.#codec.summary(summary) : null },
        this.#codec.seal,
      )
      if (revision === null) {
        this.#isLost = true
        return lost()
      }
      this.#stored = revision
      this.#isUnsure = false
      return { status: 'saved', revision }
    } catch (error) {
      this.#isUnsure = true
      return failed(error)
    }
  }

  async renew(): Promise<RenewResult> {
    if (this.#isLost || this.#releasing) return lost()
    try {
      if (await this.#backend.renew(this.#writer)) return { status: 'held' }
      this.#isLost = true
      return lost()
    } catch (error) {
      return failed(error)
    }
  }

  async checkpoint(): Promise<Checkpoint | null> {
    const row = await this.#backend.checkpoint(this.#key)
    return row ? this.#codec.readCheckpoint(row) : null
  }

  async saveCheckpoint(checkpoint: Checkpoint): Promise<void> {
    if (this.#isLost || this.#releasing) return
    try {
      await this.#backend.saveCheckpoint({ ...this.#writer, ...this.#codec.checkpoint(checkpoint) })
    } catch {
      // It is derived from the facts: the next one takes its place.
    }
  }

  release(): Promise<void> {
    this.#releasing ??= this.#release()
    return this.#releasing
  }

  async #release(): Promise<void> {
    await this.#appends
    try {
      await this.#backend.release(this.#writer)
    } catch {
      // The lease expires.
    }
    this.#released()
  }

  get #writer(): WriterRequest {
    return { key: this.#key, token: this.token }
  }
}

/** @throws TurnstateError `conversation-unknown`, `key-unknown`, `journal-damaged` */
export async function* pagesOf(
  backend: Backend,
  codec: Codec,
  { key, id }: { readonly key: number; readonly id: string },
  from: number,
  to = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<readonly StoredFact[], void> {
  for (let at = from; at < to;) {
    const page = await backend.page({ key, from: at, to })
    if (page === null) throw conversationUnknown(id)
    if (page.length === 0) return
    if (page[0]?.seq !== at) throw missing(at)
    at += page.length
    if (page.at(-1)?.seq !== at - 1) throw missing(at)
    yield page.map((row) => codec.readFact(row))
  }
}

const missing = (factIndex: number) =>
  new TurnstateError('journal-damaged', `A fact is missing in the store, at or before fact ${factIndex}.`, {
    factIndex,
  })
