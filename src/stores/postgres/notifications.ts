// How processes tell each other that a conversation has changed: LISTEN and NOTIFY, which may be lost, and a poll behind them.
import type { Pool, PoolClient } from 'pg'
import { Pause } from '../sql/pause.ts'

const channel = 'turnstate'

/** How often followers look by themselves. Milliseconds. */
const pollInterval = 1_000

/** Conversations in one notification: a payload has at most 8,000 bytes. */
const mostKeys = 300

export class Notifications {
  readonly #pool: Pool
  readonly #watchers = new Map<number, Set<() => void>>()
  readonly #changed = new Set<number>()
  #sending: Promise<void> | null = null
  #listener: PoolClient | null = null
  readonly #pause = new Pause()
  #isPolling = false
  #isClosed = false

  constructor(pool: Pool) {
    this.#pool = pool
  }

  watch(key: number, changed: () => void): () => void {
    const watchers = this.#watchers.get(key) ?? new Set()
    this.#watchers.set(key, watchers.add(changed))
    if (!this.#isPolling) {
      this.#isPolling = true
      void this.#poll()
    }
    return () => {
      watchers.delete(changed)
      if (watchers.size === 0 && this.#watchers.get(key) === watchers) this.#watchers.delete(key)
      if (this.#watchers.size === 0) this.#stopListening()
    }
  }

  /** A conversation of this process has changed. Many changes make one notification. */
  changed(key: number): void {
    this.#wake(key)
    this.#changed.add(key)
    this.#sending ??= this.#send()
  }

  wakeAll(): void {
    for (const key of this.#watchers.keys()) this.#wake(key)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#pause.end()
    await this.#sending
    this.wakeAll()
    this.#stopListening()
  }

  #wake(key: number): void {
    for (const changed of this.#watchers.get(key) ?? []) changed()
  }

  async #send(): Promise<void> {
    while (this.#changed.size > 0) {
      const keys = [...this.#changed].slice(0, mostKeys)
      for (const key of keys) this.#changed.delete(key)
      // A notification that is lost costs its followers the time until they look by themselves.
      await this.#pool.query('select pg_notify($1, $2)', [channel, keys.join(',')]).catch(() => {})
    }
    this.#sending = null
  }

  /** As long as somebody follows. */
  async #poll(): Promise<void> {
    while (this.#watchers.size > 0 && !this.#isClosed) {
      // The only connection of a pool is for queries.
      if (!this.#listener && this.#pool.options.max > 1) await this.#listen()
      await this.#pause.wait(pollInterval)
      this.wakeAll()
    }
    this.#isPolling = false
  }

  async #listen(): Promise<void> {
    try {
      const client = await this.#pool.connect()
      if (this.#isClosed || this.#watchers.size === 0) return client.release()
      this.#listener = client
      client.on('notification', ({ payload = '' }) => {
        for (const key of payload.split(',')) this.#wake(Number(key))
      })
      const ended = () => {
        if (this.#listener !== client) return
        this.#listener = null
        client.release(true)
      }
      client.on('error', ended)
      client.on('end', ended)
      await client.query(`listen ${channel}`)
      // What happened before it listened.
      this.wakeAll()
    } catch {
      // The next round tries again.
      this.#stopListening()
    }
  }

  #stopListening(): void {
    const client = this.#listener
    this.#listener = null
    // It is not reused: it would go on listening.
    client?.release(true)
  }
}
