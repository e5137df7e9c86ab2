// Events of `chat.on` as they are sent.
import type { WireOutcome } from '../../client/wire.ts'
import type { ConversationNotice, TurnOutcome } from '../../conversation/turns/events.ts'
import { type Readers, toTurnOutcome } from '../../conversation/turns/outcome.ts'
import { TurnstateError } from '../../errors.ts'
import { findTurn, originOf, outcomeOf, stateOf, type View } from '../../journal/index.ts'
import { problemOf } from '../problems.ts'
import type { Published } from './published.ts'

/** An event, ready to be published. Errors become problems, and the message that the event belongs to is named. */
export function publishedOf(notice: ConversationNotice, view: View): Published {
  const { type: name, ...rest } = notice
  if (notice.type === 'delta') return { name, data: notice, delta: notice, message: messageOf(notice.turnId, view) }
  const data: Record<string, unknown> = { ...rest }
  if ('error' in data && TurnstateError.is(data['error'])) data['error'] = problemOf(data['error'])
  const outcome = 'outcome' in notice && notice.outcome ? onWire(notice.outcome) : null
  if (outcome) data['outcome'] = outcome
  const turnId: unknown = data['turnId']
  const message = typeof turnId === 'string' ? messageOf(turnId, view) : null
  if (message !== null) data['message'] = message
  return {
    name,
    data,
    message,
    ...('revision' in notice ? { revision: notice.revision } : {}),
    ...(outcome ? { outcome } : {}),
  }
}

const onWire = ({ error, ...rest }: TurnOutcome): WireOutcome => ({
  ...rest,
  ...(error ? { error: problemOf(error) } : {}),
})

/** The message that a turn belongs to. */
export const messageOf = (turnId: string, view: View): string =>
  findTurn(view, turnId) ? originOf(view, turnId) : turnId

/** The outcomes that messages have in one view and had not in an earlier one, in the order in which their turns settled. */
export function outcomesBetween(before: View, after: View, readers: Readers): readonly Published[] {
  const seen = new Set<string>()
  // A turn that had settled before may be the beginning of a message that has ended only since.
  return after.turns.slice(Math.max(0, before.turns.length - 1)).flatMap(({ id }) => {
    const message = originOf(after, id)
    if (seen.has(message) || hasEnded(before, message)) return []
    seen.add(message)
    return outcomeIn(after, message, readers) ?? []
  })
}

/** The outcome of a message, as it is published; `null` while it has none. */
export function outcomeIn(view: View, message: string, readers: Readers): Published | null {
  if (!hasEnded(view, message)) return null
  const found = outcomeOf(view, message)
  if (!found) return null
  const settled = toTurnOutcome(found, readers)
  const { turnId, status, refusal } = settled
  const outcome = onWire(settled)
  return {
    name: `turn.${status}`,
    data: { turnId, message, revision: view.revision, ...refusal, outcome },
    message,
    revision: view.revision,
    outcome,
  }
}

/**
 * Whether the facts say that a message is not over: it waits in the queue, or for a person. An actor that closes tells its callers that
 * such a message has stopped; for viewers it has not, because the next process continues it.
 */
export const continues = (view: View, message: string): boolean =>
  view.queue.some(({ turnId }) => turnId === message) ||
  (findTurn(view, message) !== undefined && !hasEnded(view, message))

/** Whether a message has its outcome. A refusal that a policy is being asked about is none yet; one that waits for a person is. */
export function hasEnded(view: View, message: string): boolean {
  const outcome = findTurn(view, message) ? outcomeOf(view, message) : null
  return outcome !== null && (view.undecided !== outcome.turnId || stateOf(view) === 'deferred')
}
