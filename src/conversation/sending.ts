// Sends messages, those with files once they are read.
//   M1  Messages are sent in the order in which they were given: one that waits for its files holds back those after it.
//   M2  A message that waits has its turn at once. What goes wrong from then on is the outcome of the turn, and never thrown.
//   M3  A message that is stopped or aborted while it waits settles at once and is never sent.
//   M4  A message that waits when the conversation closes is never sent: it is stopped with `conversation-closed`.
//   M5  The last message that failed before it was sent is kept until another one is sent: retry() sends it again, and reads
//       its files anew.
//   M6  What follows stop(), clear(), switchTo() or a decision is sent once what that changed is stored, so a slow journal makes no
//       difference to it.
import type { ConversationEvent } from '../../machines/index.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import { type Content, refusedTurnAsking } from '../journal/index.ts'
import type { MessageOptions, SendOptions } from './conversation-interface.ts'
import { readInput, readSystem, type MessageInput, type ReadInput } from '../input/input.ts'
import type { ConversationOptions } from './options.ts'
import type { Running } from './running.ts'
import { readSignal, settleAborted, stopOnAbort } from './signals.ts'
import { closedError, refusedBeforeError } from './turns/send-errors.ts'
import type { Turn, TurnHandle } from './turns/turn.ts'

/** Makes the event that is sent once the message is ready. */
export type ToEvent = (message: {
  readonly turnId: string
  readonly input: Content
  readonly system?: string
  readonly at: number
  readonly metadata?: NonNullable<ReadInput['metadata']>
}) => ConversationEvent

/** An event that opens a turn. */
type Asking = Extract<ConversationEvent, { readonly turnId: string; readonly at: number }>

/** A message as it was given, checked. */
interface Given {
  readonly read: ReadInput
  readonly toEvent: ToEvent
}

/** A message that failed before it was sent. */
interface Unsent extends Given {
  readonly error: TurnstateError
}

/** Sends what asks the model. One for each conversation. */
export class Sender {
  readonly #running: Running
  readonly #blocksRefusedWords: boolean
  /** Resolves when all messages before the next one are sent or have failed; `null` when none waits. */
  #before: Promise<unknown> | null = null
  /** Resolves when what a method has changed is stored; `null` when all is. */
  #changing: Promise<void> | null = null
  #waiting: Set<AbortController> | null = null
  #unsent: Unsent | null = null

  constructor(running: Running, { resendRefused }: Pick<ConversationOptions, 'resendRefused'>) {
    this.#running = running
    this.#blocksRefusedWords = resendRefused === 'block'
  }

  /** @throws TurnstateError for a message that can't be sent, or is not taken */
  send(input: MessageInput, toEvent: ToEvent, options: MessageOptions = {}): Turn {
    const signal = readSignal(options)
    return this.#begin({ read: { ...readInput(input), ...readSystem(options) }, toEvent }, signal, options)
  }

  /** Opens a turn with an event that has no message to read. @throws TurnstateError when it is not taken */
  ask(event: Asking, signal?: AbortSignal): Turn {
    if (signal?.aborted) return this.#abortedTurn(event.turnId)
    if (this.#changing) return this.#askLater(event, this.#changing, signal)
    const turn = this.#running.sendFollowed(event.turnId, event)
    this.#unsent = null
    stopOnAbort(this.#running, turn, signal)
    return turn
  }

  /** Changes the conversation at rest, once what was changed before is stored. Resolves when the change is stored. Never rejects. */
  change(event: ConversationEvent): PromiseLike<void> {
    const send = () => void (this.#running.isClosed || this.#running.actor.send(event))
    if (!this.#changing) {
      send()
      return this.afterStoring()
    }
    return this.#holdAllBackUntil(
      this.#changing.then(() => {
        send()
        return this.#running.stored() ?? undefined
      }),
    )
  }

  /** Holds back messages, and everything else that needs what is being changed. */
  #holdAllBackUntil(changed: Promise<void>): Promise<void> {
    const changing = changed.finally(() => {
      if (this.#changing === changing) this.#changing = null
    })
    this.#changing = changing
    this.#holdBackUntil(Promise.all([changing, this.#before]))
    return changing
  }

  /** Why the last message could not be sent; `null` once another one was. */
  get unsentError(): TurnstateError | null {
    return this.#unsent?.error ?? null
  }

  /** Sends the last message that could not be sent again. Returns `null` if there is no such message. */
  sendAgain(signal: AbortSignal | undefined, options: SendOptions | undefined): Turn | null {
    return this.#unsent && this.#begin(this.#unsent, signal, options)
  }

  forgetUnsent(): void {
    this.#unsent = null
  }

  /** Gives up all messages that wait. */
  stopWaiting(): void {
    for (const stop of this.#waiting ?? []) stop.abort()
  }

  #waits(stop: AbortController): void {
    this.#waiting ??= new Set()
    this.#waiting.add(stop)
  }

  /** Holds messages back until what was just changed is stored. Resolves then. Never rejects. */
  afterStoring(): PromiseLike<void> {
    const stored = this.#running.stored()
    return stored === null ? Promise.resolve() : this.#holdAllBackUntil(stored)
  }

  #begin(given: Given, signal: AbortSignal | undefined, options: SendOptions | undefined): Turn {
    this.#running.ensureOpen()
    const turnId = this.#running.idFor(options)
    if (signal?.aborted) return this.#abortedTurn(turnId)
    const { content } = given.read
    if (typeof content === 'function' || this.#before) return this.#sendLater(turnId, given, signal)
    const turn = this.#sendNow(turnId, content, given)
    stopOnAbort(this.#running, turn, signal)
    return turn
  }

  /** @throws TurnstateError when it is not taken */
  #sendNow(turnId: string, content: Content, { read: { system, metadata }, toEvent }: Given): Turn {
    const refusedTurnId = this.#blocksRefusedWords ? refusedTurnAsking(this.#running.view, content) : undefined
    if (refusedTurnId !== undefined) throw refusedBeforeError(refusedTurnId)
    const turn = this.#running.sendFollowed(
      turnId,
      toEvent({
        turnId,
        input: content,
        ...(system === undefined ? {} : { system }),
        at: this.#running.now(),
        ...(metadata ? { metadata } : {}),
      }),
    )
    this.#unsent = null
    return turn
  }

  #sendLater(turnId: string, given: Given, signal: AbortSignal | undefined): TurnHandle {
    const handle = this.#running.tracker.follow(turnId)
    const before = this.#before
    const stop = new AbortController()
    const giveUp = () => stop.abort()
    this.#waits(stop)
    // Not `AbortSignal.any`: it holds on to what it made for as long as the app holds on to its signal.
    signal?.addEventListener('abort', giveUp, { once: true })
    // At once, however long the files would take.
    stop.signal.addEventListener('abort', () => settleAborted(this.#running, turnId), { once: true })
    const send = async () => {
      const { content } = given.read
      try {
        const ready = typeof content === 'function' ? content({ signal: stop.signal }) : content
        const [said] = await Promise.all([ready, before])
        if (stop.signal.aborted) return
        if (this.#running.isClosed) throw closedError()
        this.#sendNow(turnId, said, given)
        stopOnAbort(this.#running, handle, signal)
      } catch (error) {
        if (!stop.signal.aborted) this.#fail(turnId, toSendingError(error), given)
      } finally {
        this.#waiting?.delete(stop)
        signal?.removeEventListener('abort', giveUp)
      }
    }
    this.#holdBackUntil(Promise.all([send(), before]))
    return handle
  }

  #askLater(event: Asking, changing: Promise<void>, signal: AbortSignal | undefined): TurnHandle {
    const { turnId } = event
    const handle = this.#running.tracker.follow(turnId)
    const stop = new AbortController()
    const giveUp = () => stop.abort()
    this.#waits(stop)
    signal?.addEventListener('abort', giveUp, { once: true })
    stop.signal.addEventListener('abort', () => settleAborted(this.#running, turnId), { once: true })
    const ask = async () => {
      try {
        await changing
        if (stop.signal.aborted) return
        if (this.#running.isClosed) throw closedError()
        this.#running.sendFollowed(turnId, event)
        this.#unsent = null
        stopOnAbort(this.#running, handle, signal)
      } catch (error) {
        this.#settleUnasked(turnId, toSendingError(error))
      } finally {
        this.#waiting?.delete(stop)
        signal?.removeEventListener('abort', giveUp)
      }
    }
    const asked = ask()
    this.#holdBackUntil(Promise.all([asked, this.#before]))
    return handle
  }

  #settleUnasked(turnId: string, error: TurnstateError): void {
    const status = error.code === 'conversation-closed' ? 'stopped' : 'failed'
    this.#running.delivery.settleUnsentAtRest(turnId, status, error)
  }

  /** Messages given from now on are sent after this, whatever becomes of it. */
  #holdBackUntil(done: Promise<unknown>): void {
    const before: Promise<unknown> = done.finally(() => {
      if (this.#before === before) this.#before = null
    })
    this.#before = before
  }

  #fail(turnId: string, error: TurnstateError, given: Given): void {
    if (error.code !== 'conversation-closed') this.#unsent = { ...given, error }
    this.#settleUnasked(turnId, error)
  }

  /** The turn of a message whose signal had aborted already. */
  #abortedTurn(turnId: string): TurnHandle {
    const handle = this.#running.tracker.follow(turnId)
    settleAborted(this.#running, turnId)
    return handle
  }
}

const toSendingError = (error: unknown): TurnstateError =>
  TurnstateError.is(error)
    ? error
    : new TurnstateError('internal-error', 'The message was not sent.', { cause: error, ...quoteOf(error) })
