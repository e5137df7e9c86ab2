// What a client sends, in the order in which it was asked for: one request at a time, and only while the event stream is there to
// show what comes of it. A request that is not answered is sent again with the same key, so that the server does it once.
import type { Clock } from '../clock.ts'
import { TurnstateError } from '../errors.ts'
import { abortedError } from '../conversation/turns/send-errors.ts'
import type { Link } from './link.ts'
import { type Answer, isPassing, readAnswer, unreachable } from './read-wire.ts'
import type { Ask } from './requests.ts'

/** A request that changes something. */
export interface Write {
  readonly method: string
  readonly path: string
  /** Gives JSON, as soon as files are read. */
  readonly body: () => Promise<string>
  /** The server does what has the same key once. */
  readonly key: string
  readonly signal?: AbortSignal | undefined
}

/** What a server says of something that is done already: by a request whose answer was lost, if there was one. */
const done: readonly string[] = ['approval-decided', 'call-settled', 'item-unknown', 'no-refusal', 'no-rejection']

export class Writes {
  readonly #ask: Ask
  readonly #link: Link
  readonly #clock: Clock
  readonly #timeout: number
  #last: Promise<unknown> = Promise.resolve()

  /** @param timeout milliseconds after which a request that is not answered is sent again */
  constructor(ask: Ask, link: Link, clock: Clock, timeout: number) {
    this.#ask = ask
    this.#link = link
    this.#clock = clock
    this.#timeout = timeout
  }

  /**
   * Sends it once it is its turn and the server can be reached. Until then its signal takes it back.
   *
   * @throws TurnstateError as the server answers; `aborted`; what ended the connection
   */
  add(write: Write): Promise<Answer> {
    const before = this.#last
    const answer = before.then(() => this.#send(write))
    this.#last = answer.catch(() => {})
    return answer
  }

  async #send(write: Write): Promise<Answer> {
    const body = await write.body()
    for (let failures = 0; ; failures++) {
      await this.#untilOnline(write.signal)
      try {
        return await this.#link.request((attempt) => this.#attempt(write, body, attempt))
      } catch (cause) {
        if (this.#link.signal.aborted) throw this.#link.error
        if (!TurnstateError.is(cause)) throw cause
        if (failures > 0 && done.includes(cause.code)) return {}
        if (!isPassing(cause)) throw cause
        await this.#link.pause(failures, cause.details.retryAfter)
      }
    }
  }

  #untilOnline(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const abort = () => reject(abortedError())
      if (signal?.aborted) abort()
      signal?.addEventListener('abort', abort)
      const end = () => signal?.removeEventListener('abort', abort)
      this.#link.online().then(resolve, reject).finally(end)
    })
  }

  async #attempt(write: Write, body: string, attempt: AbortController): Promise<Answer> {
    const timer = this.#clock.setTimeout(() => attempt.abort(), this.#timeout)
    try {
      const response = await this.#ask(write.path, {
        method: write.method,
        body,
        headers: { 'idempotency-key': write.key, prefer: 'respond-async' },
        signal: attempt.signal,
      })
      return readAnswer(
        await response.text().catch((cause: unknown) => {
          throw unreachable('The answer of the server was cut.', { cause })
        }),
      )
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }
}
