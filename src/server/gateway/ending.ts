// How a request ends: what has come of its message, as far as its client has to know.
import { TurnstateError } from '../../errors.ts'
import { type Conversation, type ConversationNotice, outcomeOf, type ResetPolicy, type View } from '../../index.ts'

/** What has come of a message. */
export type Ending =
  /** A reply, whole. */
  | { readonly type: 'replied'; readonly turnId: string }
  /** A reply whose calls the client runs. */
  | { readonly type: 'calls'; readonly turnId: string; readonly callIds: readonly string[] }
  | { readonly type: 'refused'; readonly turnId: string }
  | { readonly type: 'failed'; readonly error: TurnstateError }

/** The stored view of a conversation. */
export const viewOf = (chat: Conversation): View => chat.actor.getSnapshot().context.stored

/** The turn that a message began with: those that the chart makes of it have a number behind its id. */
export const firstTurnId = (turnId: string): string => turnId.replace(/~\d+$/, '')

const asksAgain = (policy: ResetPolicy): boolean =>
  typeof policy === 'object' && ('rephrase' in policy || ('fallback' in policy && policy.from === 'this-turn'))

/**
 * Waits for what comes of a message.
 *
 * @param message the turn that it began with
 * @param begin asks it, or does nothing if it was asked before
 * @param answered calls that `begin` answers: they wait until that is stored
 * @throws what `begin` throws
 */
export function endingOf(
  chat: Conversation,
  message: string,
  begin: () => void,
  signal: AbortSignal,
  answered: ReadonlySet<unknown> = new Set(),
): Promise<Ending> {
  let end: ((ending: Ending) => void) | null = null
  const ended = new Promise<Ending>((resolve) => {
    end = resolve
  })
  const gone = () => end?.(failed(new TurnstateError('aborted', 'The client is gone.')))
  const stop = chat.on('*', (notice) => {
    const ending = endingBy(chat, message, notice)
    if (ending?.type === 'calls' && ending.callIds.some((callId) => answered.has(callId))) return
    if (ending) end?.(ending)
  })
  const stopAll = () => {
    stop()
    signal.removeEventListener('abort', gone)
  }
  signal.addEventListener('abort', gone, { once: true })
  if (signal.aborted) gone()
  try {
    begin()
  } catch (error) {
    stopAll()
    throw error
  }
  return ended.finally(stopAll)
}

/** What a message has come to already, if it is over. */
export function endingNow(chat: Conversation, message: string): Ending | null {
  const outcome = outcomeOf(viewOf(chat), message)
  if (!outcome) return waiting(chat, message)
  const { status, turnId, failure } = outcome
  if (status === 'completed') return { type: 'replied', turnId }
  if (status === 'refused') return { type: 'refused', turnId }
  const { code = 'aborted', message: why = stopped } = failure ?? {}
  return failed(new TurnstateError(status === 'stopped' ? 'aborted' : code, why))
}

const stopped = 'The turn was stopped before its reply was whole.'

const failed = (error: TurnstateError): Ending => ({ type: 'failed', error })

function endingBy(chat: Conversation, message: string, notice: ConversationNotice): Ending | null {
  const isOurs = 'turnId' in notice && typeof notice.turnId === 'string' && firstTurnId(notice.turnId) === message
  if (!isOurs) return endingOfAll(notice)
  switch (notice.type) {
    case 'turn.completed':
      return { type: 'replied', turnId: notice.outcome.turnId }
    case 'turn.stopped':
      return failed(notice.outcome.error ?? new TurnstateError('aborted', stopped))
    case 'turn.failed':
      return failed(notice.outcome.error ?? new TurnstateError('internal-error', 'The message failed.'))
    case 'turn.refused':
      return notice.policy === 'manual' || notice.policy === null ? { type: 'refused', turnId: notice.turnId } : null
    case 'context.reset':
      return notice.turnId === null || asksAgain(notice.policy) ? null : { type: 'refused', turnId: notice.turnId }
    default:
      return waiting(chat, message)
  }
}

function endingOfAll(notice: ConversationNotice): Ending | null {
  if (notice.type === 'conversation.lost')
    return failed(new TurnstateError('conversation-lost', 'Another process has taken over the conversation.'))
  if (notice.type === 'state' && notice.to === 'closed')
    return failed(new TurnstateError('conversation-closed', 'The conversation was closed.'))
  return null
}

/** Whether nothing happens any more until the client has run its calls, or a person decides. */
function waiting(chat: Conversation, message: string): Ending | null {
  const { pendingCalls, status } = chat
  const turnId = viewOf(chat).open?.id
  if (turnId === undefined || firstTurnId(turnId) !== message) return null
  if (status === 'rejected')
    return failed(
      new TurnstateError('conversation-busy', 'The API rejected the request, and a person has to decide what follows.'),
    )
  if (pendingCalls.length === 0 || !isAllPending(chat, turnId)) return null
  if (pendingCalls.some(({ needs }) => needs === 'approval'))
    return failed(
      new TurnstateError(
        'conversation-busy',
        "A tool call of the server waits for a person's approval, which this API has no words for.",
      ),
    )
  return { type: 'calls', turnId, callIds: pendingCalls.map(({ callId }) => callId) }
}

function isAllPending({ messages, pendingCalls }: Conversation, turnId: string): boolean {
  const reply = messages.findLast((item) => item.turnId === turnId && item.role === 'assistant')
  return (reply?.parts ?? []).every(
    (part) =>
      part.type !== 'tool-call' ||
      part.result !== undefined ||
      pendingCalls.some(({ callId }) => callId === part.callId),
  )
}
