// Handles the `signal` of a message, from the call until the message has its outcome.
import { TurnstateError } from '../errors.ts'
import { lastTurn } from '../journal/index.ts'
import type { Running } from './running.ts'
import { abortedError } from './turns/send-errors.ts'
import type { Turn } from './turns/turn.ts'

/** The option `signal`, checked before anything is sent. @throws TurnstateError `invalid-option` for what is not a signal */
export function readSignal(options: unknown): AbortSignal | undefined {
  const signal: unknown =
    typeof options === 'object' && options !== null && 'signal' in options ? options.signal : undefined
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw new TurnstateError(
    'invalid-option',
    'The value of `signal` is not an AbortSignal: give the `signal` of an AbortController, or AbortSignal.timeout(ms). Nothing was sent.',
  )
}

/** Settles a message that was given up before it was sent. */
export const settleAborted = ({ delivery }: Running, turnId: string): void =>
  delivery.settleUnsentAtRest(turnId, 'stopped', abortedError())

/**
 * Stops a message that was sent when its signal aborts: takes it out of the queue, or ends its turn. A signal that aborted
 * while the message was being sent counts too. Nothing listens to the signal any more once the message has its outcome.
 */
export function stopOnAbort(running: Running, { id, outcome }: Turn, signal: AbortSignal | undefined): void {
  if (!signal) return
  const { actor, tracker } = running
  const stop = (): 'stopped' | 'not-there-yet' => {
    // Once the message has its outcome, another may be in progress.
    if (running.snapshot.status !== 'active' || !tracker.followed(id)) return 'stopped'
    if (running.view.queue.some((item) => item.turnId === id)) {
      actor.send({ type: 'queue.withdraw', turnId: id, cause: 'aborted' })
      return 'stopped'
    }
    if (currentMessage(running) !== id) return 'not-there-yet'
    actor.send({ type: 'user.stop', cause: 'aborted' })
    return 'stopped'
  }
  const abort = () => {
    // The actor accepts a message sent from within a transition only afterwards.
    if (stop() === 'not-there-yet') queueMicrotask(stop)
  }
  if (signal.aborted) return abort()
  signal.addEventListener('abort', abort, { once: true })
  void outcome.then(() => signal.removeEventListener('abort', abort))
}

/** Id of the message that is being answered: that of the open turn, of the one that was refused, or of the last. */
function currentMessage({ tracker, view }: Running): string | undefined {
  const { open, undecided } = view
  const turnId = open?.id ?? undecided ?? lastTurn(view)?.id
  return turnId === undefined ? undefined : tracker.origin(view, turnId)
}
