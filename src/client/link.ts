// Follows the event stream of a conversation, and connects again whenever it ends.
//   L1  Events are handed on in their order, each once: after a cut the stream resumes behind the last event that arrived
//       (`Last-Event-ID`), and events that a server repeats then are skipped.
//   L2  A cut, silence, a server that is down or busy, and an answer that is not the server's are waited out: with growing pauses of
//       random length, at least as long as the server asks, cut short when the network is back.
//   L3  A server that says no (another version of the wire, an unknown conversation, a request that may not be made) ends the link.
import type { Clock } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import { isPassing, readEvent, type ShownEvent, unreachable } from './read-wire.ts'
import { readEvents } from './read-events.ts'
import type { Ask } from './requests.ts'

/**
 * `connecting`: on the way to the server. `online`: what is shown is what the server has. `offline`: the server can't be reached; it
 * is tried again. `closed`: the connection has ended for good.
 */
export type Connection = 'connecting' | 'online' | 'offline' | 'closed'

/** The first pause before another attempt, in milliseconds, and the longest. Each attempt that fails doubles it. */
const pauses = { first: 250, longest: 15_000 }

/** Ids of events that are remembered, to recognise those that are repeated. */
const mostIds = 1_000

export interface LinkOptions {
  readonly ask: Ask
  readonly clock: Clock
  readonly idleTimeout: number
  /** Brings about what is followed, before it is followed for the first time. */
  readonly prepare: (signal: AbortSignal) => Promise<unknown>
  readonly path: string
  readonly onEvent: (event: ShownEvent) => void
  /** `connection` or `error` is another one. */
  readonly onChange: () => void
}

/** A connection that comes back. */
export class Link {
  connection: Connection = 'connecting'
  /** Why the server can't be reached, or why the connection has ended. */
  error: TurnstateError | null = null
  readonly #options: LinkOptions
  readonly #ending = new AbortController()
  /** Of the attempt in progress. */
  #attempt = new AbortController()
  readonly #requests = new Set<AbortController>()
  #waiting: { readonly resolve: () => void; readonly reject: (error: TurnstateError) => void }[] = []
  /** Each ends a pause. */
  readonly #pausing = new Set<() => void>()
  /** Attempts since something arrived. */
  #failures = 0
  /** Milliseconds that the server asks to wait before each connection, and before the next one. */
  #retry = 0
  #retryAfter = 0
  #lastId: string | null = null
  readonly #ids = new Set<string>()
  /** The stream was resumed, and has brought nothing new yet. */
  #isResuming = false

  constructor(options: LinkOptions) {
    this.#options = options
    void this.#run()
  }

  /** Aborts when the connection ends for good. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Resolves while it is online, or as soon as it is. Rejects with the error that ended it. */
  online(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.connection === 'online') resolve()
      else if (this.connection === 'closed') reject(this.error ?? unreachable('The connection is closed.'))
      else this.#waiting.push({ resolve, reject })
    })
  }

  /**
   * Does something with a signal of its own, which aborts when the connection ends for good: `fetch` leaves listeners at each signal that
   * it is given.
   */
  async request<Result>(work: (attempt: AbortController) => Promise<Result>): Promise<Result> {
    const attempt = new AbortController()
    this.#requests.add(attempt)
    try {
      return await work(attempt)
    } finally {
      this.#requests.delete(attempt)
    }
  }

  /** Waits before another attempt at something. */
  pause(failures: number, atLeast = 0): Promise<void> {
    const { clock } = this.#options
    const most = Math.min(pauses.first * 2 ** failures, pauses.longest)
    return new Promise((resolve) => {
      const end = () => {
        clock.clearTimeout(timer)
        this.#pausing.delete(end)
        resolve()
      }
      const timer = clock.setTimeout(end, Math.max(atLeast, most * (0.5 + Math.random() / 2)))
      this.#pausing.add(end)
    })
  }

  close(error: TurnstateError): void {
    if (this.connection === 'closed') return
    for (const { reject } of this.#waiting.splice(0)) reject(error)
    this.#become('closed', error)
    this.#ending.abort()
    this.#attempt.abort()
    for (const attempt of this.#requests) attempt.abort()
    this.#endPauses()
    this.#listen('removeEventListener')
  }

  async #run(): Promise<void> {
    this.#listen('addEventListener')
    let isPrepared = false
    for (;;) {
      this.#attempt = new AbortController()
      try {
        if (!isPrepared) await this.#options.prepare(this.#attempt.signal)
        isPrepared = true
        await this.#follow(this.#attempt.signal)
        this.#become('connecting', null)
      } catch (cause) {
        this.#failed(cause)
      }
      if (this.signal.aborted) return
      await this.pause(this.#failures++, Math.max(this.#retry, this.#retryAfter))
      this.#retryAfter = 0
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { ask, clock, idleTimeout, path, onEvent } = this.#options
    // A server that accepts a connection and says nothing is no server.
    const timer = clock.setTimeout(() => this.#attempt.abort(), idleTimeout)
    const response = await ask(path, {
      headers: { accept: 'text/event-stream', ...(this.#lastId === null ? {} : { 'last-event-id': this.#lastId }) },
      signal,
    }).finally(() => clock.clearTimeout(timer))
    this.#isResuming = this.#lastId !== null
    if (this.#isResuming) this.#become('online', null)
    await readEvents(response, {
      clock,
      idleTimeout,
      signal,
      onRetry: (ms) => {
        this.#retry = ms
      },
      onEvent: ({ event, data, id }) => {
        if (this.#isRepeated(id)) return
        const read = readEvent(event, data)
        if (read.type !== 'resume') onEvent(read)
        else if (read.why === 'deleted')
          this.close(new TurnstateError('conversation-unknown', 'The conversation was deleted.'))
        else this.#attempt.abort()
        this.#failures = 0
        this.#become('online', null)
      },
    })
  }

  #isRepeated(id: string | undefined): boolean {
    if (id === undefined) return false
    if (this.#isResuming && this.#ids.has(id)) return true
    this.#isResuming = false
    this.#lastId = id
    this.#ids.delete(id)
    this.#ids.add(id)
    for (const oldest of this.#ids) {
      if (this.#ids.size <= mostIds) break
      this.#ids.delete(oldest)
    }
    return false
  }

  #failed(cause: unknown): void {
    const error = TurnstateError.is(cause) ? cause : unreachable('The server sends what cannot be read.', { cause })
    const { status, retryAfter = 0 } = error.details
    // Too many streams may be open.
    const isWaitedOut = isPassing(error) || error.code === 'server-unreachable' || status === 429
    if (!isWaitedOut && (status ?? 0) < 500) return this.close(error)
    this.#retryAfter = retryAfter
    // What could not be read would be sent again.
    if (!TurnstateError.is(cause)) this.#lastId = null
    this.#become('offline', error)
  }

  #become(connection: Connection, error: TurnstateError | null): void {
    if (this.signal.aborted || (this.connection === connection && this.error?.message === error?.message)) return
    this.connection = connection
    this.error = error
    if (connection === 'online') for (const { resolve } of this.#waiting.splice(0)) resolve()
    this.#options.onChange()
  }

  /** Where the platform says so, the network is known to be back, or gone. */
  #listen(how: 'addEventListener' | 'removeEventListener'): void {
    const target: Partial<EventTarget> = globalThis
    target[how]?.('online', this.#back)
    target[how]?.('offline', this.#gone)
  }

  readonly #back = () => {
    this.#failures = 0
    this.#endPauses()
  }

  #endPauses(): void {
    for (const end of this.#pausing) end()
  }

  readonly #gone = () => this.#attempt.abort()
}
