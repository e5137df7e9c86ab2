// What processes tell each other at once: LISTEN and NOTIFY on a connection of its own. A notice may be lost with the connection, so
// whoever depends on one looks for itself when the connection is made anew.
import { Client, type ClientConfig } from 'pg'
import { systemClock, unref } from '../clock.ts'
import { Pause } from '../stores/sql/pause.ts'

/** The channel of all clusters: each has a database of its own, and notices do not leave it. */
const channel = 'turnstate_cluster'

/** Milliseconds between two attempts to connect. */
const pause = 500

/** Milliseconds between two looks at whether the connection answers, and within which it has to. */
const [checking, answering] = [2_000, 3_000]

/** What listens for notices of the other processes. */
export interface Notices {
  /**
   * Calls back with each payload of a kind, and with `null` after the connection was lost and made again: something may have been
   * missed. Returns what ends it.
   */
  on(kind: string, heard: (payload: string | null) => void): () => void
}

/** SQL that sends a notice of a kind; the payload is an SQL expression. A payload has at most 8,000 bytes. */
export const notifySql = (kind: string, payload: string): string => `pg_notify('${channel}', '${kind}:' || ${payload})`

/** A connection that listens, and connects again when it is lost. */
export class ListeningNotices implements Notices {
  readonly #config: ClientConfig
  readonly #heard = new Map<string, Set<(payload: string | null) => void>>()
  readonly #pause = new Pause()
  readonly #ended: Promise<void>
  #client: Client | null = null
  #phase: 'listening' | 'closed' = 'listening'

  /** Begins to connect. @param config of the connection */
  constructor(config: ClientConfig) {
    this.#config = { ...config, application_name: 'turnstate notices', keepAlive: true, connectionTimeoutMillis: 5_000 }
    this.#ended = this.#run()
  }

  on(kind: string, heard: (payload: string | null) => void): () => void {
    const all = this.#heard.get(kind) ?? new Set()
    this.#heard.set(kind, all.add(heard))
    return () => void all.delete(heard)
  }

  async close(): Promise<void> {
    this.#phase = 'closed'
    this.#pause.end()
    await this.#client?.end().catch(ignore)
    await this.#ended
  }

  async #run(): Promise<void> {
    while (this.#phase === 'listening') {
      await this.#listen().catch(ignore)
      if (this.#isOpen()) await this.#pause.wait(pause)
    }
  }

  #isOpen(): boolean {
    return this.#phase === 'listening'
  }

  /** Resolves when the connection is lost. */
  async #listen(): Promise<void> {
    const client = new Client({ ...this.#config, query_timeout: answering })
    const over = new Promise<void>((resolve) => {
      client.on('end', resolve)
      client.on('error', () => resolve())
    })
    client.on('notification', ({ payload = '' }) => this.#hear(payload))
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
      this.#client = client
      for (const all of this.#heard.values()) for (const heard of all) heard(null)
      // A connection whose other end is gone says nothing by itself.
      while (this.#isOpen()) {
        const isOver = await Promise.race([over.then(() => true), wait(checking)])
        if (isOver) return
        await client.query('select 1')
      }
    } finally {
      this.#client = null
      await client.end().catch(ignore)
    }
  }

  #hear(payload: string): void {
    const at = payload.indexOf(':')
    for (const heard of this.#heard.get(payload.slice(0, at)) ?? []) heard(payload.slice(at + 1))
  }
}

const wait = (milliseconds: number): Promise<false> =>
  new Promise((resolve) => unref(systemClock.setTimeout(() => resolve(false), milliseconds)))

const ignore = () => {}
