// Passes requests to the process that has their conversation open, and their answers back, through the database: machines need not reach
// each other. An answer comes in pieces, one for each frame, and is deleted once it is read.
import { systemClock } from '../clock.ts'
import { messageOf, TurnstateError } from '../errors.ts'
import { framesOf } from '../frames.ts'
import type { PassedOn } from '../server/host.ts'
import { AnswerTable, mostPieces, type Piece, type PieceKind } from './answer-table.ts'
import type { ClusterDatabase } from './database.ts'
import { type Notices, notifySql } from './notices.ts'
import { readHead, readRequest, type StoredRequest, toRequest, writeHeaders } from './passed-request.ts'
import { isThereSql } from './processes.ts'

/** Milliseconds in which pieces of an answer are gathered. */
const frame = 33

/** The most bytes of an answer that wait to be written. */
const mostUnwritten = 1_048_576

/** Milliseconds after which somebody who waits looks by himself. */
const looking = 1_000

/** Milliseconds that a request waits for a process to take it. */
const mostWaited = 30_000

/** A request that this process has taken. */
export interface Taken {
  readonly id: string
  readonly request: StoredRequest
}

export interface PassingOptions {
  readonly database: ClusterDatabase
  readonly notices: Notices
  /** The id of this process. */
  readonly me: string
  /** What a conversation is found by. */
  readonly keyOf: (conversation: string) => string
  /** Has the turn's workflow run somewhere: nobody has the conversation open. `again`: what was asked for before did not help. */
  readonly wanted: (conversation: string, workflow: string, again: string | null) => Promise<void>
  /** Somebody passes a request to this process, which has the conversation open. */
  readonly asked: (conversationKey: string, requestId: string) => void
  /** Somebody may have: the connection that says so was lost for a while. */
  readonly askedPerhaps: () => void
}

export class Passing {
  readonly #options: PassingOptions
  readonly #answers: AnswerTable
  /** Those who wait for an answer, by the id of the request. */
  readonly #waiting = new Map<string, () => void>()
  /** Those who give an answer, by the id of the request. */
  readonly #giving = new Map<string, AbortController>()
  readonly #unlisten: readonly (() => void)[]

  constructor(options: PassingOptions) {
    this.#options = options
    const { database, notices, me } = options
    this.#answers = new AnswerTable(database)
    this.#unlisten = [
      notices.on('answer', (id) => {
        if (id === null) for (const wake of this.#waiting.values()) wake()
        else this.#waiting.get(id)?.()
      }),
      notices.on('cancel', (id) => void (id !== null && this.#giving.get(id)?.abort())),
      notices.on('request', (payload) => {
        if (payload === null) return options.askedPerhaps()
        const [process, conversation, id] = payload.split(' ')
        if (process === me && conversation !== undefined && id !== undefined) options.asked(conversation, id)
      }),
    ]
  }

  /** Requests of this process that wait for an answer. */
  get size(): number {
    return this.#waiting.size
  }

  /**
   * The answer of the process that has the conversation open, or of the one that opens it now.
   *
   * @throws TurnstateError `server-overloaded` when nobody takes the request, `server-closing` when the process that took it is gone
   */
  async submit(conversation: string, opens: string | undefined, passed: PassedOn): Promise<Response> {
    const { database, me, keyOf, wanted } = this.#options
    const { request, principal, body } = passed
    const id = crypto.randomUUID()
    const stored: StoredRequest = {
      conversation,
      principal: principal.id,
      opens: opens ?? null,
      method: request.method,
      url: request.url,
      headers: writeHeaders(request.headers),
      body: body && Buffer.from(body).toString('base64'),
    }
    const news = this.#listenFor(id)
    try {
      const [home] = await database.query<{ readonly process: string }>(
        `with asked as (
           insert into turnstate_cluster_requests (id, conversation, asked_by, body) values ($1, $2, $3, $4) returning conversation
         ), home as (
           select h.process from turnstate_cluster_homes h where h.conversation = $2 and ${isThereSql('h.process')}
         )
         select home.process, ${notifySql('request', `home.process || ' ' || $2::text || ' ' || $1::text`)} from home`,
        [id, keyOf(conversation), me, database.seal(id, JSON.stringify(stored))],
      )
      if (!home) await wanted(conversation, opens ?? id, null)
      const answer = new Answer(id, this.#answers, this.#options, news)
      const response = await answer.head(conversation, opens ?? id)
      const cancel = () => void answer.cancel().catch(() => {})
      request.signal.addEventListener('abort', cancel)
      // Whoever asked may have gone while nobody answered.
      if (request.signal.aborted) cancel()
      return response
    } catch (error) {
      news.end()
      await database.query('delete from turnstate_cluster_requests where id = $1', [id]).catch(() => [])
      throw error
    }
  }

  /** Takes requests for a conversation, each at most once, in the order in which they came. @param id one of them. Default: all that wait */
  async take(conversation: string, id?: string): Promise<readonly Taken[]> {
    const { database, me, keyOf } = this.#options
    const rows = await database.query<{ readonly id: string; readonly at: Date; readonly body: Uint8Array }>(
      `update turnstate_cluster_requests set taken_by = $1
       where conversation = $2 and taken_by is null and ($3::text is null or id = $3) returning id, at, body`,
      [me, keyOf(conversation), id ?? null],
    )
    return rows
      .toSorted((one, other) => one.at.getTime() - other.at.getTime())
      .map(({ id: taken, body }) => ({ id: taken, request: readRequest(database.unseal(taken, body)) }))
  }

  /** Whether a request for a conversation waits that nobody has taken. */
  async isWaiting(conversation: string): Promise<boolean> {
    const { database, keyOf } = this.#options
    const rows = await database.query(
      'select from turnstate_cluster_requests where conversation = $1 and taken_by is null limit 1',
      [keyOf(conversation)],
    )
    return rows.length > 0
  }

  /** Answers a request that was taken, and resolves when the answer is whole, or nobody reads it any more. Never rejects. */
  async give({ id, request }: Taken, answer: (request: Request) => Promise<Response>): Promise<void> {
    const cancelled = new AbortController()
    this.#giving.set(id, cancelled)
    const writer = new AnswerWriter(id, this.#answers)
    try {
      const response = await answer(toRequest(request, cancelled.signal))
      await writer.write('head', JSON.stringify({ status: response.status, headers: writeHeaders(response.headers) }))
      if (response.body) await copied(response.body, writer, cancelled.signal)
      await writer.write('end', '')
    } catch (error) {
      await writer.write('cut', messageOf(error)).catch(() => {})
    } finally {
      this.#giving.delete(id)
    }
  }

  close(): void {
    for (const end of this.#unlisten) end()
    for (const giving of this.#giving.values()) giving.abort()
  }

  #listenFor(id: string): News {
    return new News((wake) => {
      this.#waiting.set(id, wake)
      return () => void this.#waiting.delete(id)
    })
  }
}

/** Waits for notices, and looks now and then without one. */
class News {
  readonly end: () => void
  #isNew = false
  #wake: () => void = () => {}

  constructor(listen: (wake: () => void) => () => void) {
    this.end = listen(() => {
      this.#isNew = true
      this.#wake()
    })
  }

  /** Resolves with the next notice, or after a while. */
  async next(): Promise<void> {
    if (!this.#isNew)
      await new Promise<void>((resolve) => {
        const timer = systemClock.setTimeout(resolve, looking)
        this.#wake = () => {
          systemClock.clearTimeout(timer)
          resolve()
        }
      })
    this.#isNew = false
  }
}

/** An answer, on the side of the one who asked. */
class Answer {
  readonly #id: string
  readonly #table: AnswerTable
  readonly #options: PassingOptions
  readonly #news: News
  #next = 0
  #pieces: Piece[] = []
  /** How many there were when it looked last. */
  #found = 0

  constructor(id: string, table: AnswerTable, options: PassingOptions, news: News) {
    this.#id = id
    this.#table = table
    this.#options = options
    this.#news = news
  }

  async head(conversation: string, workflow: string): Promise<Response> {
    let waited = 0
    for (;;) {
      const piece = await this.#piece(waited >= looking)
      if (piece) {
        const { status, headers } = readHead(piece.text)
        const isEmpty = status === 204 || status === 304
        if (isEmpty) await this.cancel()
        return new Response(isEmpty ? null : this.#body(), {
          status,
          headers: headers.map(([name, value]): [string, string] => [name, value]),
        })
      }
      waited += looking
      if (await this.#isTaken()) continue
      if (waited > mostWaited) throw nobody()
      // Whoever had it open has closed it, or the workflow that was asked for is over already.
      await this.#options.wanted(conversation, workflow, this.#id)
    }
  }

  #body(): ReadableStream<Uint8Array> {
    return new ReadableStream(
      {
        pull: async (controller) => {
          for (;;) {
            const piece = await this.#piece(false)
            if (!piece) continue
            if (piece.kind === 'piece') return controller.enqueue(Buffer.from(piece.text, 'base64'))
            await this.cancel()
            if (piece.kind === 'cut') throw new Error('The process that answered has ended.')
            return controller.close()
          }
        },
        cancel: () => this.cancel(),
      },
      { highWaterMark: 0 },
    )
  }

  /** Nothing more is read. */
  async cancel(): Promise<void> {
    this.#news.end()
    await this.#options.database.query(
      `with asked as (delete from turnstate_cluster_requests where id = $1)
       select ${notifySql('cancel', '$1::text')}`,
      [this.#id],
    )
  }

  /** The next piece of the answer; `null` if there was none for a while. @throws TurnstateError `server-closing` when its process is gone */
  async #piece(isChecked: boolean): Promise<Piece | null> {
    const known = this.#pieces.shift()
    if (known) return known
    if (this.#found < mostPieces) await this.#news.next()
    this.#pieces = [...(await this.#table.from(this.#id, this.#next))]
    this.#found = this.#pieces.length
    this.#next += this.#found
    const piece = this.#pieces.shift()
    if (piece) return piece
    if (!isChecked) await this.#checkTaker()
    return null
  }

  async #isTaken(): Promise<boolean> {
    await this.#checkTaker()
    const [row] = await this.#options.database.query<{ readonly taken_by: string | null }>(
      'select taken_by from turnstate_cluster_requests where id = $1',
      [this.#id],
    )
    return row !== undefined && row.taken_by !== null
  }

  async #checkTaker(): Promise<void> {
    // Its own row is gone where this process was taken for gone.
    const rows = await this.#options.database.query(
      `select from turnstate_cluster_requests r where id = $1 and (taken_by is null or ${isThereSql('r.taken_by')})`,
      [this.#id],
    )
    if (rows.length > 0) return
    await this.cancel()
    throw new TurnstateError(
      'server-closing',
      'The process that answered has ended. What it had begun goes on in another one: ask again, with the same Idempotency-Key if it had one.',
      { retryAfter: 1_000 },
    )
  }
}

const nobody = () =>
  new TurnstateError(
    'server-overloaded',
    'No process of the cluster has taken the request in time. Send it again later.',
    {
      retryAfter: 5_000,
    },
  )

/** An answer, on the side of the one who gives it. */
class AnswerWriter {
  readonly #id: string
  readonly #table: AnswerTable
  #nth = 0

  constructor(id: string, table: AnswerTable) {
    this.#id = id
    this.#table = table
  }

  /** Returns whether somebody still waits for it. */
  write(kind: PieceKind, text: string): Promise<boolean> {
    return this.#table.write({ request: this.#id, nth: this.#nth++, kind, text })
  }
}

/** Writes a body: the first piece after a pause at once, and then what has come within a frame at a time. */
async function copied(body: ReadableStream<Uint8Array>, writer: AnswerWriter, signal: AbortSignal): Promise<void> {
  const reader = body.getReader()
  const cancel = () => void reader.cancel().catch(() => {})
  signal.addEventListener('abort', cancel)
  let gathered: Uint8Array[] = []
  let unwritten = 0
  let writing: Promise<unknown> = Promise.resolve()
  const flush = () => {
    const bytes = Buffer.concat(gathered)
    gathered = []
    if (bytes.length === 0) return
    const before = writing
    const write = async () => {
      await before
      if (!(await writer.write('piece', bytes.toString('base64')))) cancel()
      unwritten -= bytes.length
    }
    writing = write()
    writing.catch(cancel)
  }
  let last = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) break
      gathered.push(value)
      unwritten += value.byteLength
      // Postgres is slower than the answer.
      if (unwritten > mostUnwritten) await writing
      const now = performance.now()
      if (gathered.length > 1) continue
      if (now - last >= frame) flush()
      else framesOf(frame).join({ frameOver: flush })
      last = now
    }
    flush()
    await writing
  } finally {
    // Nothing is written after the end.
    gathered = []
    signal.removeEventListener('abort', cancel)
  }
}
