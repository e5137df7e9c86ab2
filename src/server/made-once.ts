// Conversations that requests with an idempotency key create: which request it was is stored in their first fact, in the same append.
import type { Context } from 'hono'
import { TurnstateError } from '../errors.ts'
import type { Store } from '../index.ts'
import { hashOf, type StoredFact } from '../journal/index.ts'
import type { Guest, ServerEnv } from './context.ts'
import { readKey } from './idempotency-key.ts'
import { replacing } from './replacing.ts'

/** A request that creates a conversation, as the first fact of the conversation names it. */
export interface Creating {
  /** The hash of its key, its principal and its address. */
  readonly key: string
  /** The hash of its body. */
  readonly body: string
}

/** Keys that are remembered in this process: one that chose another id before is found by nothing else. */
const mostKeys = 10_000

/** The request, if it has a key. @throws TurnstateError `request-malformed` */
export function creatingBy({ req, var: { principal } }: Context<ServerEnv>, body: object): Creating | null {
  const key = readKey(req)
  return key === null ? null : { key: hashOf([principal.id, req.path, key]), body: hashOf(body) }
}

/** An id that nobody has, or, with a key, the one that each request with this key makes. */
export const idFor = (creating: Creating | null): string =>
  creating === null ? crypto.randomUUID() : `key-${creating.key}`

export class MadeOnce {
  readonly #store: Store
  /** Those that are on their way, by the id of the conversation. */
  readonly #creating = new Map<string, Creating>()
  /** The bodies of the latest requests, by their keys. */
  readonly #latest = new Map<string, string>()

  constructor(store: Store) {
    this.#store = store
  }

  /** The store, whose conversations begin with a fact that names the request that creates them. */
  get store(): Store {
    const named = ([first, ...facts]: readonly StoredFact[], id: string): readonly StoredFact[] => {
      const request = this.#creating.get(id)
      if (!first) return []
      return [
        request && first.seq === 0 && first.type === 'conversation.created' ? { ...first, request } : first,
        ...facts,
      ]
    }
    const store = this.#store
    return replacing(store, {
      async open(id, options) {
        const opened = await store.open(id, options)
        return replacing(opened, { append: (append) => opened.append({ ...append, facts: named(append.facts, id) }) })
      },
    })
  }

  /**
   * Runs what creates a conversation, and checks that this request, or an earlier one with the same key and body, has created it.
   *
   * @throws TurnstateError `conversation-exists`, `idempotency-mismatch`, and as `enter`
   */
  async create(id: string, creating: Creating | null, enter: () => Promise<Guest>): Promise<Guest> {
    if (creating === null) return enter()
    const { key, body } = creating
    if ((this.#latest.get(key) ?? body) !== body) throw mismatch()
    const isFirst = !this.#creating.has(id)
    if (isFirst) this.#creating.set(id, creating)
    try {
      const guest = await enter()
      try {
        await this.#check(id, creating)
      } catch (error) {
        guest.leave()
        throw error
      }
      this.#remember(key, body)
      return guest
    } finally {
      if (isFirst) this.#creating.delete(id)
    }
  }

  async #check(id: string, { key, body }: Creating): Promise<void> {
    const made = await this.#madeBy(id)
    if (made?.key !== key) throw exists()
    if (made.body !== body) throw mismatch()
  }

  async #madeBy(id: string): Promise<Creating | null> {
    for await (const [first] of this.#store.facts(id))
      return first?.type === 'conversation.created' ? (first.request ?? null) : null
    return null
  }

  #remember(key: string, body: string): void {
    this.#latest.delete(key)
    this.#latest.set(key, body)
    for (const oldest of this.#latest.keys()) {
      if (this.#latest.size <= mostKeys) return
      this.#latest.delete(oldest)
    }
  }
}

export const exists = () =>
  new TurnstateError(
    'conversation-exists',
    'There is a conversation with this id already. Leave the id out, or give another.',
  )

const mismatch = () =>
  new TurnstateError(
    'idempotency-mismatch',
    'This Idempotency-Key was used for another request. Use a new key for each conversation. Nothing was done.',
  )
