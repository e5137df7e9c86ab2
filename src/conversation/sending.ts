import type { ConversationEvent } from '../../machines/index.ts'
import { quoteOf, TurnstateError } from '../errors.ts'
import { type Content, refusedTurnAsking } from '../journal/index.ts'
import type { MessageOptions } from './conversation-interface.ts'
import { readInput, readSystem, type MessageInput, type ReadInput } from '../input/input.ts'
import type { ConversationOptions } from './options.ts'
import { closedError, type Running } from './running.ts'
import { readSignal, settleAborted, stopOnAbort } from './signals.ts'
import { refusedBefore } from './turn-tracker.ts'
import type { TurnHandle, Turn } from './turn.ts'

/** What is sent once the message is ready. */
export type ToEvent = (message: {
  readonly turnId: string
  readonly input: Content
  readonly system?: string
  readonly at: number
  readonly metadata?: NonNullable<ReadInput['metadata']>
}) => ConversationEvent

/** A message that failed before it was sent. */
interface Unsent {
  readonly read: ReadInput
  readonly toEvent: ToEvent
  readonly error: TurnstateError
}

/** Sends messages in the order in which they were given, those with files once they are read. */
export function createSender(running: Running, { resendRefused }: Pick<ConversationOptions, 'resendRefused'>) {
  let reading: Promise<unknown> | null = null
  const unread = new Set<AbortController>()
  let unsent: Unsent | null = null

  /** @throws TurnstateError when it is not taken. */
  const sendNow = (turnId: string, content: Content, { system, metadata }: ReadInput, toEvent: ToEvent): Turn => {
    const refusedTurnId = resendRefused === 'block' ? refusedTurnAsking(running.view(), content) : undefined
    if (refusedTurnId !== undefined) throw refusedBefore(refusedTurnId)
    const turn = running.sendFollowed(
      turnId,
      toEvent({
        turnId,
        input: content,
        ...(system === undefined ? {} : { system }),
        at: running.now(),
        ...(metadata ? { metadata } : {}),
      }),
    )
    unsent = null
    return turn
  }

  const begin = (read: ReadInput, toEvent: ToEvent, signal: AbortSignal | undefined): Turn => {
    running.ensureOpen()
    const turnId = running.newId()
    if (signal?.aborted) return unsentTurn(running, turnId)
    if (typeof read.content === 'function' || reading) return sendLater(turnId, read, toEvent, signal)
    const turn = sendNow(turnId, read.content, read, toEvent)
    stopOnAbort(running, turn, signal)
    return turn
  }

  /** The turn is there at once; what goes wrong from here on is its outcome. */
  const sendLater = (
    turnId: string,
    read: ReadInput,
    toEvent: ToEvent,
    signal: AbortSignal | undefined,
  ): TurnHandle => {
    const handle = running.tracker.follow(turnId)
    const before = reading
    const stop = new AbortController()
    const giveUp = () => stop.abort()
    unread.add(stop)
    // Not `AbortSignal.any`: it holds on to what it made for as long as the app holds on to its signal.
    signal?.addEventListener('abort', giveUp, { once: true })
    // At once, however long the files would take.
    stop.signal.addEventListener('abort', () => settleAborted(running, turnId), { once: true })
    const send = async () => {
      const { content } = read
      try {
        const ready = typeof content === 'function' ? content({ signal: stop.signal }) : content
        const [said] = await Promise.all([ready, before])
        if (stop.signal.aborted) return
        if (running.isClosed()) throw closedError()
        sendNow(turnId, said, read, toEvent)
        stopOnAbort(running, handle, signal)
      } catch (error) {
        if (!stop.signal.aborted) fail(turnId, toSendingError(error), { read, toEvent })
      } finally {
        unread.delete(stop)
        signal?.removeEventListener('abort', giveUp)
      }
    }
    // Those that follow wait for those before it, even where this one has failed by then.
    const all: Promise<unknown> = Promise.all([send(), before]).finally(() => {
      if (reading === all) reading = null
    })
    reading = all
    return handle
  }

  const fail = (turnId: string, error: TurnstateError, { read, toEvent }: Pick<Unsent, 'read' | 'toEvent'>) => {
    if (error.code === 'conversation-closed') return running.settleUnsent(turnId, 'stopped', error)
    unsent = { read, toEvent, error }
    running.settleUnsent(turnId, 'failed', error)
  }

  return {
    /** @throws TurnstateError for a message that can't be sent, or is not taken. */
    send(input: MessageInput, toEvent: ToEvent, options: MessageOptions = {}): Turn {
      const signal = readSignal(options)
      return begin({ ...readInput(input), ...readSystem(options) }, toEvent, signal)
    },
    /** Opens a turn with an event that needs no reading. @throws TurnstateError when it is not taken. */
    ask(
      event: Extract<ConversationEvent, { readonly turnId: string; readonly at: number }>,
      signal?: AbortSignal,
    ): Turn {
      if (signal?.aborted) return unsentTurn(running, event.turnId)
      const turn = running.sendFollowed(event.turnId, event)
      unsent = null
      stopOnAbort(running, turn, signal)
      return turn
    },
    /** Why the last message could not be sent, as long as no other one was. */
    get unsentError(): TurnstateError | null {
      return unsent?.error ?? null
    },
    /** Sends again the last message that could not be sent, and reads its files anew. Returns `null` if there is no such message. */
    sendAgain(signal: AbortSignal | undefined): Turn | null {
      return unsent && begin(unsent.read, unsent.toEvent, signal)
    },
    forgetUnsent() {
      unsent = null
    },
    /** Messages that wait for their files are not sent. */
    stopReading() {
      for (const stop of unread) stop.abort()
    },
  }
}

/** A message that was given up before it was sent. */
function unsentTurn(running: Running, turnId: string): TurnHandle {
  const handle = running.tracker.follow(turnId)
  settleAborted(running, turnId)
  return handle
}

const toSendingError = (error: unknown): TurnstateError =>
  TurnstateError.is(error)
    ? error
    : new TurnstateError('internal-error', 'The message was not sent.', { cause: error, ...quoteOf(error) })
