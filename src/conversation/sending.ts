import type { ConversationEvent } from '../../machines/index.ts'
import { TurnstateError } from '../errors.ts'
import { type Content, refusedTurnAsking } from '../journal/index.ts'
import type { SendOptions } from './conversation-interface.ts'
import { readInput, type MessageInput, type ReadInput } from './input.ts'
import type { ConversationOptions } from './options.ts'
import { closedError, type Running } from './running.ts'
import type { TurnHandle, Turn } from './turn.ts'

/** What is sent once the message is ready. */
export type ToEvent = (message: {
  readonly turnId: string
  readonly input: Content
  readonly at: number
  readonly metadata?: NonNullable<ReadInput['metadata']>
}) => ConversationEvent

/** Sends messages in the order in which they were given, those with files once they are read. */
export function createSender(running: Running, { resendRefused = 'warn' }: Pick<ConversationOptions, 'resendRefused'>) {
  let reading: Promise<unknown> | null = null
  const unread = new Set<AbortController>()

  /** @throws TurnstateError when it is not taken. */
  const sendNow = (turnId: string, content: Content, metadata: ReadInput['metadata'], toEvent: ToEvent): Turn => {
    const refusedTurnId = refusedTurnAsking(running.view(), content)
    if (refusedTurnId !== undefined && resendRefused === 'block') throw refusedBefore(refusedTurnId)
    const turn = running.sendFollowed(
      turnId,
      toEvent({ turnId, input: content, at: running.now(), ...(metadata ? { metadata } : {}) }),
    )
    if (refusedTurnId !== undefined && resendRefused === 'warn')
      running.tell({ type: 'input.refusedBefore', turnId, refusedTurnId })
    return turn
  }

  /** The turn is there at once; what goes wrong from here on is its outcome. */
  const sendLater = (
    handle: TurnHandle,
    { content, metadata }: ReadInput,
    toEvent: ToEvent,
    signal: AbortSignal | undefined,
  ): void => {
    const turnId = handle.id
    const before = reading
    const stop = new AbortController()
    unread.add(stop)
    const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
    const read = async () => {
      try {
        const ready = typeof content === 'function' ? content({ signal: either }) : content
        // Both are waited for, so that none fails unseen.
        const [said] = await Promise.all([ready, before])
        if (running.isClosed()) throw closedError()
        either.throwIfAborted()
        sendNow(turnId, said, metadata, toEvent)
        stopOnAbort(turnId, handle, signal)
      } catch (error) {
        settleUnsent(turnId, error, either)
      } finally {
        unread.delete(stop)
      }
    }
    const all = read().finally(() => {
      if (reading === all) reading = null
    })
    reading = all
  }

  const settleUnsent = (turnId: string, error: unknown, signal: AbortSignal) => {
    if (signal.aborted) running.tracker.settleUnsent(turnId, 'stopped', abortedBeforeSending())
    else
      running.tracker.settleUnsent(
        turnId,
        TurnstateError.is(error) && error.code === 'conversation-closed' ? 'stopped' : 'failed',
        TurnstateError.is(error)
          ? error
          : new TurnstateError('internal-error', 'The message was not sent.', { cause: error }),
      )
  }

  const stopOnAbort = (turnId: string, turn: Turn, signal: AbortSignal | undefined) => {
    if (!signal) return
    const { actor, view, snapshot, partial, tracker } = running
    const abort = () => {
      // Once the message has its outcome, another may be under way.
      if (snapshot().status !== 'active' || !tracker.followed(turnId)) return
      if (view().queue.some((item) => item.turnId === turnId)) {
        tracker.settleUnsent(turnId, 'stopped', abortedBeforeSending())
        actor.send({ type: 'queue.withdraw', turnId })
        return
      }
      const { open } = view()
      if (!open || tracker.origin(open.id) === turnId) actor.send({ type: 'user.stop', cause: 'aborted', ...partial() })
    }
    signal.addEventListener('abort', abort, { once: true })
    void turn.outcome.then(() => signal.removeEventListener('abort', abort))
  }

  return {
    /** @throws TurnstateError for a message that can't be sent, or is not taken. */
    send(input: MessageInput, toEvent: ToEvent, options: SendOptions = {}): Turn {
      const signal = readSignal(options)
      const read = readInput(input)
      running.ensureOpen()
      const turnId = running.newId()
      if (signal?.aborted) {
        const handle = running.tracker.follow(turnId)
        running.tracker.settleUnsent(turnId, 'stopped', abortedBeforeSending())
        return handle
      }
      if (typeof read.content === 'function' || reading) {
        const handle = running.tracker.follow(turnId)
        sendLater(handle, read, toEvent, signal)
        return handle
      }
      const turn = sendNow(turnId, read.content, read.metadata, toEvent)
      stopOnAbort(turnId, turn, signal)
      return turn
    },
    stopOnAbort,
    /** Messages that wait for their files are not sent. */
    stopReading() {
      for (const stop of unread) stop.abort()
    },
  }
}

/** What is not a signal would be noticed only once the message was sent. */
export function readSignal(options: unknown): AbortSignal | undefined {
  const signal: unknown =
    typeof options === 'object' && options !== null && 'signal' in options ? options.signal : undefined
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw new TurnstateError(
    'invalid-option',
    'The signal is none: give the `signal` of an AbortController, or AbortSignal.timeout(ms). Nothing was sent.',
  )
}

const abortedBeforeSending = () => new TurnstateError('aborted', 'It was stopped before the message was sent.')

const refusedBefore = (turnId: string) =>
  new TurnstateError(
    'input-refused-before',
    'The same words were refused before in this conversation. Nothing was sent: say it differently, or set resendRefused to "warn".',
    { turnId },
  )
