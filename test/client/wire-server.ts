// A server that speaks the wire, written by hand: it shares nothing with the real one but the types. It keeps its conversation as long as
// the test runs, and does to its clients whatever the test says.
import type { ConversationState, Problem } from '../../src/client/wire.ts'
import type { TranscriptItem, TurnOutcome, Usage } from '../../src/index.ts'

const usage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 }

interface LoggedEvent {
  readonly id: string
  readonly type: string
  readonly data: object
}

/** An open event stream. */
interface Viewer {
  readonly controller: ReadableStreamDefaultController<Uint8Array>
  /** Bytes until its connection breaks. */
  left: number
}

/** A request as the server read it. */
export interface ReadRequest {
  readonly method: string
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly headers: Headers
}

/** What becomes of a request instead of an answer. */
export type Mishap =
  /** It does not arrive. */
  | 'unreachable'
  /** It is done, and the answer is lost. */
  | 'answer-lost'
  /** The page of a network that wants a login. */
  | 'portal'
  /** A proxy whose server is down. */
  | 'bad-gateway'
  /** The server shuts down. */
  | 'closing'

interface OpenTurn {
  readonly turnId: string
  attempt: number
  seq: number
}

export const problem = (status: number, code: string, more: Partial<Problem> = {}): Response =>
  new Response(JSON.stringify({ type: 'about:blank', title: code, status, detail: `It is ${code}.`, code, ...more }), {
    status,
    headers: { 'content-type': 'application/problem+json', 'turnstate-version': '1' },
  })

const json = (status: number, body: object): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'turnstate-version': '1' } })

export class WireServer {
  version = '1'
  state: ConversationState
  /** Requests, but those for the event stream. */
  readonly requests: ReadRequest[] = []
  /** The `Last-Event-ID` of each connection of the event stream. */
  readonly connections: (string | null)[] = []
  /** All outcomes that were announced. */
  readonly outcomes = new Map<string, TurnOutcome>()
  /** What the next requests get, in order. */
  readonly mishaps: Mishap[] = []
  /** How many events a stream repeats when it is resumed. */
  repeats = 0
  /** Answers instead of the usual routes. `null` for the usual answer. */
  answer: (request: ReadRequest) => Response | null | Promise<Response | null> = () => null
  /** Sizes of the pieces in which streams are sent, again and again. */
  pieces: readonly number[] = [7, 64, 3]
  #epoch = 0
  #log: LoggedEvent[] = []
  readonly #viewers = new Set<Viewer>()
  readonly #known = new Set<string>()
  #open: OpenTurn | null = null
  #piece = 0
  /** Ids that the server gave, in order. */
  readonly opened: string[] = []

  constructor(id = 'c1') {
    this.state = {
      id,
      title: null,
      status: 'ready',
      revision: 1,
      canSend: true,
      model: 'm1',
      messages: [],
      queue: [],
      held: false,
      pendingCalls: [],
      usage,
      cost: 0,
      error: null,
      refusal: null,
      rejection: null,
    } as ConversationState
  }

  /** Events that the log still has. */
  get log(): readonly LoggedEvent[] {
    return this.#log
  }

  get openTurn(): string | null {
    return this.#open?.turnId ?? null
  }

  get viewers(): number {
    return this.#viewers.size
  }

  readonly fetch: typeof fetch = async (url, init = {}) => {
    const address = url instanceof Request ? url.url : url.toString()
    const path = address.slice(address.indexOf('/v1/conversations') + '/v1/conversations'.length)
    const headers = new Headers(init.headers)
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    const request = { method: init.method ?? 'GET', path, body, headers }
    if (init.signal?.aborted) throw new DOMException('Aborted', 'AbortError')
    const mishap = this.mishaps.shift()
    if (mishap === 'unreachable') throw new TypeError('fetch failed')
    if (mishap === 'portal') return new Response('<h1>Log in</h1>', { status: 200 })
    if (mishap === 'bad-gateway') return new Response('<h1>Bad gateway</h1>', { status: 502 })
    if (mishap === 'closing') return problem(503, 'server-closing', { retryAfter: 1 })
    if (this.version !== '1') return new Response('{}', { status: 200, headers: { 'turnstate-version': this.version } })
    const response = (await this.answer(request)) ?? this.#answer(request, init.signal ?? undefined)
    if (mishap === 'answer-lost') throw new TypeError('fetch failed')
    return response
  }

  #answer(request: ReadRequest, signal: AbortSignal | undefined): Response {
    const { method, path, body, headers } = request
    const own = `/${this.state.id}`
    if (method === 'GET' && path === `${own}/events`) return this.#events(headers.get('last-event-id'), signal)
    this.requests.push(request)
    const key = headers.get('idempotency-key') ?? ''
    const outcomeOf = new RegExp(`^${own}/events\\?turn=(.+)$`).exec(path)?.[1]
    if (outcomeOf !== undefined) return this.#outcomeStream(outcomeOf)
    const isRepeated = this.#known.has(key)
    this.#known.add(key)
    if (/^\/(messages|retry|regenerate|compact)/.test(path.slice(own.length))) {
      const turnId = `turn-${key}`
      if (!isRepeated) this.send(turnId, typeof body['input'] === 'string' ? body['input'] : path)
      return json(202, { turnId, revision: this.state.revision })
    }
    if (isRepeated) return json(200, { revision: this.state.revision })
    if (method === 'PATCH' && path === own) this.change({ ...body })
    if (path === `${own}/stop` && this.#open) this.settle('stopped')
    if (path === `${own}/queue` && typeof body['withdraw'] === 'string') this.withdraw(body['withdraw'])
    return json(200, { revision: this.state.revision })
  }

  /** Somebody sends a message: here, or by another door. */
  send(turnId: string, text: string): void {
    if (this.#open) {
      this.change({ queue: [...this.state.queue, { turnId, input: text, at: this.state.revision }] })
      return this.notice('input.queued', { turnId })
    }
    this.#begin(turnId, text)
  }

  #begin(turnId: string, text: string): void {
    this.#open = { turnId, attempt: 1, seq: 0 }
    this.opened.push(turnId)
    const item: TranscriptItem = {
      id: `${turnId}:user`,
      turnId,
      role: 'user',
      status: 'complete',
      parts: [{ type: 'text', text }],
      createdAt: this.state.revision,
    }
    this.change({ status: 'submitted', messages: [...this.state.messages, item] })
    this.notice('attempt.started', { turnId, attempt: 1, model: 'm1' })
  }

  /** The reply grows. */
  say(kind: 'text' | 'thinking' | 'toolInput', text: string): void {
    const open = this.#open
    if (!open) return
    if (this.#reply?.status !== 'streaming' || this.#reply.turnId !== open.turnId)
      this.change({
        status: 'streaming',
        messages: [
          ...this.state.messages,
          {
            id: `${open.turnId}:assistant`,
            turnId: open.turnId,
            role: 'assistant',
            status: 'streaming',
            parts: [],
            createdAt: this.state.revision,
            model: 'm1',
          },
        ],
      })
    const parts = [...(this.#reply?.parts ?? [])]
    const last = parts.at(-1)
    if (kind === 'toolInput') {
      const call = last?.type === 'tool-call' ? last : null
      // The call itself is a change; the text of its input comes in deltas.
      if (!call) {
        parts.push({ type: 'tool-call', callId: `call${this.state.revision}`, name: 'look', input: {} })
        this.#replaceReply({ parts })
        return this.say(kind, text)
      }
      parts[parts.length - 1] = { ...call, input: (typeof call.input === 'string' ? call.input : '') + text }
    } else if (last?.type === kind) parts[parts.length - 1] = { ...last, text: last.text + text }
    else parts.push({ type: kind, text })
    this.#quietly({ messages: [...this.state.messages.slice(0, -1), { ...(this.#reply as TranscriptItem), parts }] })
    const { turnId, attempt } = open
    this.#publish('delta', { turnId, attempt, seq: open.seq++, block: parts.length - 1, kind, text })
  }

  /** What was shown of the reply is void; another attempt begins. */
  retract(): void {
    const open = this.#open
    if (!open || !this.#reply) return
    this.notice('retracted', { turnId: open.turnId, attempt: open.attempt++, cause: 'retry' })
    this.change({ status: 'submitted', messages: this.state.messages.slice(0, -1) })
  }

  /** The message goes on with another turn. */
  continue(): void {
    const open = this.#open
    if (!open) return
    const [, origin = '', count = '0'] = /^(.*?)(?:~(\d+))?$/.exec(open.turnId) ?? []
    const by = `${origin}~${Number(count ?? 0) + 1}`
    if (this.#reply) this.#replaceReply({ status: 'complete' })
    this.notice('turn.continued', { turnId: open.turnId, by })
    this.#open = { turnId: by, attempt: 1, seq: 0 }
    this.change({ status: 'submitted' })
  }

  /** The turn ends: first the state, then what is announced, or the other way round. */
  settle(status: 'completed' | 'refused' | 'stopped' | 'failed', announceFirst = false): void {
    const open = this.#open
    if (!open) return
    this.#open = null
    const { turnId } = open
    const message = turnId.replace(/~\d+$/, '')
    const shown = this.#reply?.parts ?? []
    const text = status === 'refused' ? '' : shown.map((part) => (part.type === 'text' ? part.text : '')).join('')
    const outcome = {
      status,
      turnId,
      text,
      model: 'm1',
      truncated: false,
      stopReason: status,
      finishReason: 'stop',
      usage,
      attempts: [],
      servedAfterRefusal: false,
      refusals: [],
    } as const satisfies TurnOutcome
    this.outcomes.set(message, outcome)
    const revision = this.state.revision + 1
    const say = () => this.#publish(`turn.${status}`, { turnId, message, outcome, revision })
    if (announceFirst) say()
    const itemStatus = { completed: 'complete', refused: 'retracted', stopped: 'partial', failed: 'failed' } as const
    const reply = this.#reply && { ...this.#reply, status: itemStatus[status], usage }
    const messages = reply
      ? [...this.state.messages.slice(0, -1), status === 'refused' ? { ...reply, parts: [] } : reply]
      : this.state.messages
    this.change({ status: status === 'failed' ? 'error' : 'ready', messages })
    if (!announceFirst) say()
    const [next, ...queue] = this.state.queue
    if (!next) return
    this.change({ queue })
    this.#begin(next.turnId, typeof next.input === 'string' ? next.input : '')
  }

  withdraw(turnId: string): void {
    if (!this.state.queue.some((item) => item.turnId === turnId)) return
    this.change({ queue: this.state.queue.filter((item) => item.turnId !== turnId) })
    const outcome = { status: 'stopped', turnId, text: '', error: null } as unknown as TurnOutcome
    this.outcomes.set(turnId, outcome)
    this.notice('turn.stopped', { turnId, message: turnId, outcome })
  }

  /** Changes the state, and sends what has changed. */
  change(fields: Partial<ConversationState>): void {
    const before = this.state
    this.#quietly({ ...fields, revision: before.revision + 1 })
    const { messages } = this.state
    let keep = 0
    while (keep < before.messages.length && before.messages[keep] === messages[keep]) keep++
    const { messages: _, ...rest } = fields
    const items = fields.messages === undefined ? {} : { messages: { keep, items: messages.slice(keep) } }
    this.#publish('change', { ...rest, ...items, revision: this.state.revision })
  }

  notice(type: string, data: object): void {
    this.#publish(type, { ...data, revision: this.state.revision })
  }

  /** Ends all streams after so many more bytes, as a network does: in the middle of whatever comes. */
  cutAfter(bytes: number): void {
    for (const viewer of this.#viewers) {
      viewer.left = bytes
      if (bytes === 0) this.#end(viewer)
    }
  }

  /** Ends all streams as a server does that shuts down. */
  close(): void {
    for (const viewer of this.#viewers) {
      this.#write(viewer, `event: resume\ndata: {"why":"shutdown"}\n\n`)
      this.#end(viewer, 'clean')
    }
  }

  /** Forgets its events: streams that come back begin anew. */
  forget(): void {
    this.#log = []
    this.#epoch++
  }

  heartbeat(): void {
    for (const viewer of this.#viewers) this.#write(viewer, ': \n\n')
  }

  /** Sends something to all streams as it is. */
  raw(text: string): void {
    for (const viewer of this.#viewers) this.#write(viewer, text)
  }

  get #reply(): TranscriptItem | null {
    const last = this.state.messages.at(-1)
    return last?.role === 'assistant' && last.turnId === this.#open?.turnId
      ? last
      : last?.role === 'assistant' && last.status === 'streaming'
        ? last
        : null
  }

  #replaceReply(fields: Partial<TranscriptItem>): void {
    if (this.#reply) this.change({ messages: [...this.state.messages.slice(0, -1), { ...this.#reply, ...fields }] })
  }

  #quietly(fields: Partial<ConversationState>): void {
    this.state = { ...this.state, ...fields }
  }

  #publish(type: string, data: object): void {
    const event = { id: `${this.state.revision}.${this.#epoch}.${this.#log.length}`, type, data }
    this.#log.push(event)
    for (const viewer of this.#viewers) this.#write(viewer, written(event))
  }

  #events(lastId: string | null, signal: AbortSignal | undefined): Response {
    this.connections.push(lastId)
    const found = this.#log.findIndex(({ id }) => id === lastId)
    const from = Math.max(0, found + 1 - this.repeats)
    const events =
      found >= 0 || lastId === `start.${this.#epoch}`
        ? this.#log.slice(from)
        : [{ id: this.#log.at(-1)?.id ?? `start.${this.#epoch}`, type: 'conversation', data: this.state }]
    let viewer: Viewer | null = null
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const begun: Viewer = { controller, left: Infinity }
        viewer = begun
        this.#viewers.add(begun)
        signal?.addEventListener('abort', () => this.#end(begun))
        this.#write(begun, ': welcome\n\n')
        for (const event of events) this.#write(begun, written(event))
      },
      cancel: () => {
        if (viewer) this.#viewers.delete(viewer)
      },
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream', 'turnstate-version': '1' } })
  }

  #outcomeStream(turnId: string): Response {
    const outcome = this.outcomes.get(turnId)
    if (!outcome) return problem(404, 'turn-unknown')
    const data = { turnId: outcome.turnId, message: turnId, outcome, revision: this.state.revision }
    return new Response(written({ id: 'o', type: `turn.${outcome.status}`, data }), {
      headers: { 'content-type': 'text/event-stream', 'turnstate-version': '1' },
    })
  }

  #write(viewer: Viewer, text: string): void {
    let bytes = new TextEncoder().encode(text)
    const isCut = bytes.length >= viewer.left
    if (isCut) bytes = bytes.slice(0, viewer.left)
    viewer.left -= bytes.length
    for (let at = 0; at < bytes.length;) {
      const size = this.pieces[this.#piece++ % this.pieces.length] ?? bytes.length
      viewer.controller.enqueue(bytes.slice(at, at + size))
      at += size
    }
    if (isCut) this.#end(viewer)
  }

  #end(viewer: Viewer, how: 'broken' | 'clean' = 'broken'): void {
    if (!this.#viewers.delete(viewer)) return
    if (how === 'clean') viewer.controller.close()
    else viewer.controller.error(new TypeError('terminated'))
  }
}

const written = ({ id, type, data }: LoggedEvent): string =>
  `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`
