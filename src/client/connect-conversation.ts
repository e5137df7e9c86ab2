// A conversation that a server has: reads what its event stream says, and sends what the app asks for.
import { systemClock } from '../clock.ts'
import { closedError } from '../conversation/turns/send-errors.ts'
import { TurnstateError } from '../errors.ts'
import { noUsage } from '../journal/usage.ts'
import type { ConversationNotice, NoticeFor, NoticeType, SendOptions, Turn } from '../index.ts'
import { Audience } from './audience.ts'
import type { ClientConversation, ConnectOptions } from './client-conversation.ts'
import { toBody } from './files.ts'
import { type Connection, Link } from './link.ts'
import { Picture } from './picture.ts'
import { type Answer, isPassing, messageOf, readEvent, type ShownEvent, toError, toNotice } from './read-wire.ts'
import { readEvents } from './read-events.ts'
import { type Ask, createAsk } from './requests.ts'
import { type SentTurn, SentTurns } from './sent-turns.ts'
import type { ConversationState, WireNotice } from './wire.ts'
import { Writes } from './writes.ts'

/** Milliseconds after which an outcome that a conversation at rest has not announced is asked for. */
const grace = 300

const nothing: readonly never[] = []

/**
 * Connects to a conversation that a server has. It is there at once, empty at first, and stays connected until `close`.
 *
 * @throws TurnstateError `invalid-option`
 */
export const connectConversation = (options: ConnectOptions): ClientConversation => new RemoteConversation(options)

class RemoteConversation implements ClientConversation {
  readonly id: string
  readonly #options: ConnectOptions
  readonly #clock
  readonly #idleTimeout: number
  readonly #ask: Ask
  readonly #picture = new Picture()
  readonly #turns = new SentTurns()
  readonly #audience
  readonly #link: Link
  readonly #writes: Writes
  /** Waits for what a write has changed to be shown. */
  #unshown: readonly { readonly isShown: () => boolean; readonly resolve: () => void }[] = []
  #isCheckDue = false
  /** Events that say more than is shown yet, and those after them. */
  readonly #early: WireNotice[] = []
  /** The turn whose refusal was announced last. */
  #refused: string | null = null
  /** Why the last write was not taken. */
  #declined: TurnstateError | null = null

  constructor(options: ConnectOptions) {
    const { url, id = newId(), headers = {}, fetch = globalThis.fetch, clock = systemClock } = options
    if (typeof url !== 'string' || typeof id !== 'string' || id === '')
      throw new TurnstateError(
        'invalid-option',
        'Give the url of a server and, if any, the id of a conversation, as texts.',
      )
    this.id = id
    this.#options = options
    this.#clock = clock
    this.#idleTimeout = options.idleTimeout ?? 45_000
    // The platform's fetch works as a function of its global object only.
    this.#ask = createAsk({ url, headers, fetch: (...request) => fetch(...request) })
    this.#audience = new Audience(clock, (error) => (options.logger ?? console).error(error.message, error))
    this.#link = new Link({
      ask: this.#ask,
      clock,
      idleTimeout: this.#idleTimeout,
      path: `${this.#path}/events`,
      prepare: async (signal) => this.#create(signal),
      onEvent: (event) => this.#received(event),
      onChange: () => this.#connectionChanged(),
    })
    this.#writes = new Writes(this.#ask, this.#link, clock, options.timeout ?? 60_000)
  }

  get connection(): Connection {
    return this.#link.connection
  }

  get title() {
    return this.#state?.title ?? null
  }

  get status() {
    return this.connection === 'closed' ? 'closed' : (this.#state?.status ?? 'submitted')
  }

  get revision() {
    return this.#state?.revision ?? 0
  }

  get canSend() {
    return this.connection !== 'closed' && (this.#state?.canSend ?? false)
  }

  get model() {
    return this.#state?.model ?? ''
  }

  get messages() {
    return this.#state?.messages ?? nothing
  }

  get queue() {
    return this.#state?.queue ?? nothing
  }

  get held() {
    return this.connection !== 'closed' && (this.#state?.held ?? false)
  }

  get pendingCalls() {
    return this.#state?.pendingCalls ?? nothing
  }

  get usage() {
    return this.#state?.usage ?? noUsage
  }

  get cost() {
    return this.#state?.cost ?? null
  }

  get refusal() {
    return this.#state?.refusal ?? null
  }

  get rejection() {
    return this.#state?.rejection ?? null
  }

  get error() {
    const said = this.#state?.error
    return this.#declined ?? (said ? toError(said) : this.#link.error)
  }

  async connected(): Promise<void> {
    if (!this.#state) await this.#link.online()
  }

  sendMessage: ClientConversation['sendMessage'] = (input, options) =>
    this.#open('POST', '/messages', toBody(input, options?.system), options)

  editMessage: ClientConversation['editMessage'] = (turnId, input, options) =>
    this.#open('PUT', `/messages/${encodeURIComponent(turnId)}`, toBody(input, options?.system), options)

  retry: ClientConversation['retry'] = (options) => this.#open('POST', '/retry', {}, options)

  regenerate: ClientConversation['regenerate'] = (turnId, options = {}) =>
    this.#open('POST', '/regenerate', { turnId, force: options.force }, options)

  compact: ClientConversation['compact'] = (options) => this.#open('POST', '/compact', {}, options)

  stop() {
    return this.#do('POST', '/stop')
  }

  async branches(turnId: string) {
    await this.#link.online()
    const path = `${this.#path}/branches/${encodeURIComponent(turnId)}`
    return this.#link.request(async ({ signal }) => (await this.#ask(path, { signal })).json())
  }

  switchTo: ClientConversation['switchTo'] = (turnId, options = {}) =>
    this.#do('POST', '/head', { turnId, force: options.force })

  fork: ClientConversation['fork'] = async (turnId, options = {}) => {
    const { id = newId(), force } = options
    await this.#write('POST', '/fork', { turnId, force, id })
    return connectConversation({ ...this.#options, id, create: false })
  }

  approveTool(callId: string) {
    return this.#do('POST', `/approvals/${encodeURIComponent(callId)}`, { approved: true })
  }

  denyTool(callId: string, reason?: string) {
    return this.#do('POST', `/approvals/${encodeURIComponent(callId)}`, { approved: false, reason })
  }

  answerTool: ClientConversation['answerTool'] = (callId, result, options = {}) =>
    this.#do('POST', `/answers/${encodeURIComponent(callId)}`, { result, isError: options.isError })

  resolveRefusal: ClientConversation['resolveRefusal'] = (policy) => this.#do('POST', '/refusal', { policy })

  resolveRejection: ClientConversation['resolveRejection'] = (policy) => this.#do('POST', '/rejection', { policy })

  clear() {
    return this.#do('POST', '/clear')
  }

  setModel(model: string) {
    return this.#do('PATCH', '', { model })
  }

  setTitle(title: string | null) {
    return this.#do('PATCH', '', { title })
  }

  withdraw(turnId: string) {
    // The message may not have its id yet.
    return this.#do('PATCH', '/queue', () => ({ withdraw: this.#turns.idOf(turnId) }))
  }

  releaseQueue() {
    return this.#do('PATCH', '/queue', { release: true })
  }

  async close(): Promise<void> {
    this.#link.close(closedError())
  }

  readonly subscribe: ClientConversation['subscribe'] = (listener) => this.#audience.subscribe(listener)

  on<Type extends NoticeType | '*'>(type: Type, listener: (notice: NoticeFor<Type>) => unknown): () => void {
    return this.#audience.on(type, (notice) => {
      if (isFor(type, notice)) return listener(notice)
    })
  }

  get #path(): string {
    return `/${encodeURIComponent(this.id)}`
  }

  get #state(): ConversationState | null {
    return this.#picture.state
  }

  async #create(signal: AbortSignal): Promise<void> {
    const { id, create = id === undefined } = this.#options
    if (!create) return
    const body = JSON.stringify({ id: this.id })
    await this.#ask('', { method: 'POST', body, headers: { 'idempotency-key': this.id }, signal }).catch(
      (error: unknown) => {
        if (!TurnstateError.is(error) || error.code !== 'conversation-exists') throw error
      },
    )
  }

  /** Sends something that opens a turn. @throws TurnstateError `conversation-closed`, `turn-exists` */
  #open(method: string, path: string, message: object | Promise<object>, options: SendOptions = {}): Turn {
    const { signal, turnId: key = newId() } = options
    if (this.connection === 'closed') throw this.#link.error ?? closedError()
    if (this.#turns.has(key)) throw new TurnstateError('turn-exists', `The message ${key} is being sent already.`)
    const write = { method, path: this.#path + path, body: asJson(message), key, signal }
    const turn = this.#turns.add(write)
    this.#declined = null
    void this.#follow(turn)
    return turn.handle
  }

  async #follow(turn: SentTurn): Promise<void> {
    const { write } = turn
    try {
      this.#turns.take(turn, await this.#writes.add(write))
      const cancel = () => void this.#cancel(turn)
      if (write.signal?.aborted) cancel()
      else write.signal?.addEventListener('abort', cancel)
      await turn.handle.outcome
      write.signal?.removeEventListener('abort', cancel)
    } catch (cause) {
      const error = asError(cause)
      const isStopped = error.code === 'aborted' || error.code === 'conversation-closed'
      if (!isStopped) this.#decline(error)
      this.#turns.settleUnsent(turn, isStopped ? 'stopped' : 'failed', error, this.revision)
    }
  }

  /** The signal of a message aborted that the server has taken. */
  async #cancel({ handle: { id } }: SentTurn): Promise<void> {
    await (this.queue.some(({ turnId }) => turnId === id) ? this.withdraw(id) : this.stop())
  }

  /** Sends something, and waits for what it changes. It need not be awaited: `error` shows why it failed. */
  #do(method: string, path: string, body: object | (() => object) = {}): Promise<void> {
    this.#declined = null
    const done = this.#write(method, path, body).then((answer) => this.#untilShown(answer))
    done.catch((error: unknown) => this.#decline(asError(error)))
    return done
  }

  async #write(method: string, path: string, body: object | (() => object)): Promise<Answer> {
    if (this.connection === 'closed') throw this.#link.error ?? closedError()
    return this.#writes.add({ method, path: this.#path + path, body: asJson(body), key: newId() }).catch((cause) => {
      throw asError(cause)
    })
  }

  #decline(error: TurnstateError): void {
    if (this.connection === 'closed') return
    this.#declined = error
    this.#audience.changed(false)
  }

  /** Waits until what an answer says is shown. A title or model that somebody else changes meanwhile is not waited for. */
  #untilShown({ revision = 0, title, model }: Answer): Promise<void> {
    return new Promise((resolve) => {
      let isLate = false
      const isShown = () =>
        revision <= this.revision &&
        (isLate || ((title === undefined || title === this.title) && (model === undefined || model === this.model)))
      this.#unshown = [...this.#unshown, { isShown, resolve }]
      this.#resolveShown()
      if (this.#unshown.length > 0)
        void this.#afterGrace(() => {
          isLate = true
          this.#resolveShown()
        })
    })
  }

  #resolveShown(): void {
    const all = this.#unshown
    this.#unshown = all.filter(({ isShown, resolve }) => {
      const isDone = this.connection === 'closed' || isShown()
      if (isDone) resolve()
      return !isDone
    })
  }

  #received(event: ShownEvent): void {
    if (event.type === 'notice') return this.#heard(event.notice)
    if (event.type === 'conversation') this.#picture.replace(event.state)
    else this.#picture.change(event.change)
    this.#resolveShown()
    this.#checkSoon()
    for (let next = this.#early[0]; next && this.#isShown(next); next = this.#early[0]) {
      this.#early.shift()
      this.#tell(next)
    }
    this.#audience.changed(this.status === 'streaming')
  }

  #heard(wire: WireNotice): void {
    if (wire.type === 'delta') {
      this.#picture.grow(wire)
      this.#audience.changed(true)
    }
    if (this.#early.length > 0 || !this.#isShown(wire)) this.#early.push(wire)
    else this.#tell(wire)
  }

  /** An outcome is published after the state that it led to. */
  #isShown(wire: WireNotice): boolean {
    return !('outcome' in wire) || wire.revision <= this.revision
  }

  #tell(wire: WireNotice): void {
    const notice = toNotice(wire)
    this.#turns.hear(messageOf(wire), notice)
    // A refusal that ends its message is said a second time then, with the outcome.
    const refused = notice.type === 'turn.refused' ? notice.turnId : null
    if (refused === null || refused !== this.#refused) this.#audience.tell(notice)
    this.#refused = refused ?? this.#refused
  }

  #connectionChanged(): void {
    if (this.connection === 'closed') this.#end(this.#link.error ?? closedError())
    this.#audience.changed(false)
  }

  #end({ code, message }: TurnstateError): void {
    const more = code === 'conversation-unknown' ? '' : ' The turn continues on the server.'
    const error = new TurnstateError(code, message + more)
    for (const turn of this.#turns.all)
      if (turn.taken !== null) this.#turns.settleUnsent(turn, 'failed', error, this.revision)
    this.#resolveShown()
  }

  /** Looks for messages whose outcome this stream will not bring. */
  #checkSoon(): void {
    if (this.#isCheckDue || this.#turns.all.length === 0) return
    this.#isCheckDue = true
    void this.#afterGrace(() => {
      this.#isCheckDue = false
      if (this.connection !== 'online' || !this.#state) return
      for (const turn of this.#turns.missing(this.#state)) void this.#askForOutcome(turn)
    })
  }

  async #afterGrace(run: () => void): Promise<void> {
    await this.#link.pause(0, grace)
    run()
  }

  async #askForOutcome(turn: SentTurn): Promise<void> {
    const { id } = turn.handle
    turn.isAskedFor = true
    try {
      await this.#link.request(async ({ signal }) =>
        readEvents(await this.#ask(`${this.#path}/events?turn=${encodeURIComponent(id)}`, { signal }), {
          clock: this.#clock,
          idleTimeout: this.#idleTimeout,
          signal,
          onEvent: ({ event: type, data }) => {
            const event = readEvent(type, data)
            if (event.type === 'notice' && 'outcome' in event.notice) this.#turns.hear(id, toNotice(event.notice))
          },
        }),
      )
    } catch (cause) {
      const error = asError(cause)
      if (!isPassing(error)) this.#turns.settleUnsent(turn, 'failed', error, this.revision)
    }
    if (!this.#turns.has(turn.write.key)) return
    await this.#link.pause(turn.asked++)
    turn.isAskedFor = false
    this.#checkSoon()
  }
}

const isFor = <Type extends NoticeType | '*'>(type: Type, notice: ConversationNotice): notice is NoticeFor<Type> =>
  type === '*' || notice.type === type

/** An id that nobody else has: of 128 random bits. `randomUUID` is there on secure pages only. */
const newId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

/** The JSON of a body, as it is now: what the app changes later changes no message. A function gives it when it is sent. */
function asJson(body: object | Promise<object> | (() => object)): () => Promise<string> {
  const read = async () => JSON.stringify(await (typeof body === 'function' ? body() : body))
  if (typeof body === 'function') return read
  const json = read()
  // Whoever sends it reports it.
  json.catch(() => {})
  return () => json
}

const asError = (cause: unknown): TurnstateError =>
  TurnstateError.is(cause)
    ? cause
    : new TurnstateError('message-invalid', 'JSON cannot hold what was to be sent, or it cannot be read.', { cause })
