import type { Arriving, Cut, PartialReply, ReplyEmitted, ReplyEvent, ReplyInput } from '../../machines/index.ts'
import type { Clock } from '../clock.ts'
import { type Failure, isRejection } from '../errors.ts'
import { isRefusal, toolCallId } from '../journal/index.ts'
import type { MessageSource, Requested, SourceEvent } from '../source/message-source.ts'
import { Arrival } from './arrival.ts'
import { AttemptRequest } from './attempt-request.ts'
import { failureOf, isRetryable } from './failure-of.ts'
import { ReplyDraft } from './reply-draft.ts'
import type { ReplyRequestOptions } from './reply-request.ts'
import { letGo, readerOf } from './source-reader.ts'
import { type Patience, stalled, tooLong, truncated } from './stream-failures.ts'
import { watchdog } from './watchdog.ts'

/** The options of `streamReply()`, which makes an actor for the slot of that name. */
export interface StreamReplyOptions extends ReplyRequestOptions {
  /** Where replies come from. */
  readonly source: MessageSource
  /** The clock of the timeouts. */
  readonly clock: Clock
  /** The time in milliseconds, for what is recorded. Default: nothing is measured. */
  readonly now?: () => number
  /** Milliseconds without a byte after which a stream fails. */
  readonly idleTimeout: number
  /** Milliseconds without an event after which a stream fails whose source hides pings. Default: `idleTimeout`. */
  readonly silenceTimeout?: number | undefined
  /** Milliseconds from the first byte of a reply to its end. Default: the chart's own limit. */
  readonly replyTimeout?: number | undefined
  /** Called with each request that is about to be made. */
  readonly onRequest?: (requested: Requested) => void
}

/** Milliseconds that the connection has to end by itself after a complete reply, so that it can be reused. */
const drainTimeout = 1_000

/** Where an attempt reports: lifecycle events go to the chart, what arrives goes to listeners. */
export interface AttemptReports {
  readonly sendBack: (event: ReplyEvent | Cut) => void
  readonly emit: (event: ReplyEmitted) => void
}

type MessageDelta = Extract<SourceEvent, { type: 'message.delta' }>

/** Asks the source, gathers the reply in a draft, and reports how the attempt ended. */
export class ReplyAttempt {
  readonly #options: StreamReplyOptions
  readonly #reports: AttemptReports
  readonly #isCompacting: boolean
  readonly #draft: ReplyDraft
  readonly #request: AttemptRequest
  readonly #abort = new AbortController()
  #phase: 'opening' | 'receiving' | 'ended' | 'stopped' = 'opening'
  #hasBegun = false
  #patience: Patience

  /** Fails the attempt when nothing has arrived for too long. */
  readonly #idle
  /** Fails the attempt when the reply as a whole takes too long. */
  readonly #whole
  /** Aborts the connection of a complete reply that does not end by itself. */
  readonly #drained

  constructor(options: StreamReplyOptions, input: ReplyInput, reports: AttemptReports) {
    const { clock, idleTimeout, replyTimeout } = options
    const { view, turnId, attempt } = input
    this.#options = options
    this.#reports = reports
    this.#isCompacting = view.open?.kind === 'compaction'
    this.#request = new AttemptRequest(options, view)
    this.#draft = new ReplyDraft({
      turnId,
      attempt,
      model: view.model,
      promptHash: this.#request.target.promptHash,
      structured: this.#request.isStructured,
      isHidden: this.#isCompacting,
      now: options.now,
      callIds: view.open?.steps.flatMap(({ content }) => content.flatMap((block) => toolCallId(block) ?? [])) ?? [],
    })
    this.#patience = { ms: idleTimeout, option: 'idleTimeout' }
    this.#idle = watchdog(
      clock,
      () => this.#patience.ms,
      () => this.#giveUp(() => this.#fail(stalled(this.#patience))),
    )
    this.#whole = watchdog(
      clock,
      () => replyTimeout ?? Infinity,
      () => this.#giveUp(() => this.#fail(tooLong, false)),
    )
    this.#drained = watchdog(
      clock,
      () => drainTimeout,
      () => this.#abort.abort(),
    )
  }

  /** Makes the attempt. Never rejects: failures are reported. */
  async run(): Promise<void> {
    if (this.#isOver) return
    this.#hasBegun = true
    this.#reports.emit({ type: 'draft.started', draft: this.#draft })
    // A listener may have stopped it just now.
    if (this.#isOver) return
    let reader: AsyncIterator<unknown> | null = null
    try {
      reader = readerOf(this.#ask())
      for (;;) {
        const { done, value } = await reader.next()
        if (done) break
        if (this.#abort.signal.aborted) return
        if (this.#isOver) continue
        this.#receive(value)
        // The reply is complete, but the peer may keep the connection open.
        if (this.#isOver) this.#drained.touch()
      }
      if (!this.#isOver) this.#fail(truncated)
    } catch (error) {
      if (!this.#isOver) this.#fail(failureOf(error))
    } finally {
      this.#idle.clear()
      this.#whole.clear()
      this.#drained.clear()
      if (reader) letGo(reader)
    }
  }

  /** Sends back the event that cuts the reply, with what has arrived. Does nothing before the request and after the end of the reply. */
  answer(by: Cut): void {
    if (!this.#hasBegun || this.#isOver) return
    const { partial } = partialOf(this.#draft)
    if (partial) this.#reports.sendBack({ ...by, partial })
  }

  /** Stops the attempt. Nothing is reported afterwards. After a complete reply the connection may still end by itself. */
  stop(): void {
    const { stopReason } = this.#draft
    if (this.#phase !== 'ended' || stopReason === null || isRefusal(stopReason)) this.#abort.abort()
    if (this.#phase !== 'ended') this.#phase = 'stopped'
    this.#idle.clear()
    this.#whole.clear()
  }

  get #isOver(): boolean {
    return this.#phase === 'ended' || this.#phase === 'stopped'
  }

  #ask(): ReturnType<MessageSource> {
    const draft = this.#draft
    return this.#request.send({
      signal: this.#abort.signal,
      made: (request, fields) => {
        draft.fields = fields
        this.#options.onRequest?.({ request, turnId: draft.turnId, attempt: draft.attempt })
      },
    })
  }

  /** Processes what the source yielded: an event, or several that arrived together. */
  #receive(item: unknown): void {
    if (this.#phase === 'opening') {
      this.#phase = 'receiving'
      if (this.#options.replyTimeout !== undefined) this.#whole.touch()
      this.#reports.sendBack({ type: 'reply.opened' })
    }
    const arrival = new Arrival(item)
    this.#draft.ahead = arrival
    for (let event = arrival.next(); event !== undefined && !this.#isOver; event = arrival.next()) this.#take(event)
    // Not before: the events may have set how long a silence may last.
    if (!this.#isOver) this.#idle.touch()
  }

  #take(event: SourceEvent): void {
    const draft = this.#draft
    const { turnId, attempt } = draft
    switch (event.type) {
      case 'block.delta':
        // A summary is for the model, not for listeners.
        if (draft.grow(event) && !this.#isCompacting)
          this.#tell({
            type: 'delta',
            turnId,
            attempt,
            seq: draft.deltas - 1,
            block: event.index,
            kind: event.kind,
            text: event.text,
          })
        return
      case 'message.started':
        return draft.begin(event)
      case 'block.started':
        return draft.start(event)
      case 'block.fields':
        return draft.patch(event.index, event.fields)
      case 'block.citation':
        if (draft.cite(event.index, event.citation) && !this.#isCompacting)
          this.#tell({ type: 'citation', turnId, attempt, block: event.index, citation: event.citation })
        return
      case 'block.stopped':
        return draft.stop(event.index)
      case 'message.delta':
        draft.note(event)
        return isRefusal(draft.stopReason) ? this.#refuse(event) : undefined
      case 'message.stopped':
        if (draft.stopReason === null) return this.#fail(truncated)
        return this.#end({ type: 'reply.finished', ...draft.finished(), stopReason: draft.stopReason })
      case 'unknown':
        draft.miss(event)
        return this.#tell({ type: 'unknown', turnId, attempt, event: event.event })
      case 'failed':
        throw event.error
      case 'opened':
        draft.open(event)
        if (event.pings === 'hidden')
          this.#patience = { ms: this.#options.silenceTimeout ?? this.#options.idleTimeout, option: 'silenceTimeout' }
        return
      case 'ping':
    }
  }

  /** To the conversation directly, and to whoever listens to the actor. */
  #tell(arriving: Arriving): void {
    this.#draft.tell(arriving)
    this.#reports.emit(arriving)
  }

  #end(event: ReplyEvent): void {
    this.#phase = 'ended'
    this.#idle.clear()
    this.#whole.clear()
    this.#reports.sendBack(event)
  }

  #giveUp(fail: () => void): void {
    if (!this.#isOver) fail()
    this.#abort.abort()
  }

  #fail(cause: Failure, retryable = isRetryable(cause)): void {
    const draft = this.#draft
    const failure = draft.requestId === undefined ? cause : { requestId: draft.requestId, ...cause }
    // If a refusal has arrived already, the reply ended with it, whatever failed before it in the chunk.
    const foreseen = draft.ahead.foresee()
    if (foreseen?.kind === 'refusal') return this.#refuse(foreseen.delta)
    const asked = this.#request.rejectedFor(failure)
    if (asked && isRejection(failure))
      return this.#end({ type: 'reply.rejected', failure, ...asked, shown: draft.isShown })
    // A server error may be caused by something that the request names, such as an expired container.
    const isServers = (failure.status ?? 0) >= 500 && asked?.container !== undefined
    this.#end({
      type: 'reply.failed',
      failure,
      retryable,
      ...partialOf(draft),
      ...(isServers ? { request: asked } : {}),
    })
  }

  #refuse(delta: MessageDelta): void {
    const draft = this.#draft
    this.#request.keepCredit(draft, delta)
    draft.discard()
    this.#end({ type: 'reply.refused', ...draft.refusedBy(delta) })
  }
}

/** The partial reply. A source can yield anything; a draft that can't be read is not kept. */
function partialOf(draft: ReplyDraft): { readonly partial?: PartialReply } {
  try {
    return { partial: draft.partial() }
  } catch {
    return {}
  }
}
