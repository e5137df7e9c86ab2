// Why a message was not sent, or not taken.
import { TurnstateError } from '../../errors.ts'

/** `whenBusy` is `reject`, and a turn is in progress. */
export const busyError = (): TurnstateError =>
  new TurnstateError(
    'conversation-busy',
    'A turn is in progress. Await it, stop() it, or set whenBusy to "queue" or "interrupt". Nothing was sent.',
  )

/** A person has to decide first. */
export const undecidedError = (): TurnstateError =>
  new TurnstateError(
    'conversation-busy',
    'A refusal or a rejection waits for a decision: call resolveRefusal() or clear(), or resolveRejection(), first. Nothing was sent.',
  )

/** The conversation is over. */
export const closedError = (): TurnstateError =>
  new TurnstateError('conversation-closed', 'The conversation is closed. Create another one to continue.')

/** The message was withdrawn from the queue. */
export const withdrawnError = (): TurnstateError =>
  new TurnstateError('input-withdrawn', 'The message was withdrawn from the queue before its turn began.')

/** The signal of a message aborted before the message was sent. */
export const abortedError = (): TurnstateError =>
  new TurnstateError('aborted', 'The message was stopped before it was sent.')

/** The same words were refused before, and `resendRefused` is `block`. */
export const refusedBeforeError = (turnId: string): TurnstateError =>
  new TurnstateError(
    'input-refused-before',
    'The same words were refused before in this conversation. Nothing was sent: rephrase the message, or set resendRefused to "warn".',
    { turnId },
  )

/** A method that needs a conversation at rest was called during a turn. */
export const busyBefore = (method: string) => (): TurnstateError =>
  new TurnstateError(
    'conversation-busy',
    `A turn is in progress. Await it or stop() it, then ${method}. Nothing was done.`,
  )
