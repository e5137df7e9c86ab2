// What is told about turns that have ended.
import { type Decision, findTurn, lastTurn, suspects, type Turn, type View } from '../../src/journal/index.ts'
import { afterFailedCompaction, isToBeResumed } from './compactions.ts'
import { isToBeContinued } from './continuations.ts'
import type { Announcement, ConversationContext } from './conversation.types.ts'
import { interrupted } from './failures.ts'

/** Whether another turn of the same message follows the last one. */
export const isFollowed = ({ view, settings }: Pick<ConversationContext, 'view' | 'settings'>): boolean =>
  isToBeContinued(view, settings) || isToBeResumed(view) || afterFailedCompaction(view, settings).length > 0

/** Whether another turn was to take the place of the last one, and can't: the model was switched meanwhile, say. */
export const isForsaken = (context: Pick<ConversationContext, 'view' | 'settings'>): boolean =>
  lastTurn(context.view)?.isReplaced === true && !isFollowed(context)

/** The event that the last turn has ended, when nothing follows it. */
export function outcomeEvents({ view }: Pick<ConversationContext, 'view'>): readonly Announcement[] {
  const turn = lastTurn(view)
  if (!turn || turn.status === 'refused' || turn.status === 'open') return []
  const { id: turnId, status, failure = interrupted } = turn
  // A compaction after which nothing is asked: the message that it made room for was stopped.
  if (isToBeResumed(view)) return [{ type: 'turn.stopped', turnId }]
  if (status === 'completed') return [{ type: 'turn.completed', turnId }]
  return status === 'stopped' ? [{ type: 'turn.stopped', turnId }] : [{ type: 'turn.failed', turnId, failure }]
}

/** The event that another turn follows one that has ended. */
export const continuedEvent = ({ id: turnId, failure }: Turn, by: string): Announcement => ({
  type: 'turn.continued',
  turnId,
  by,
  ...(failure ? { failure } : {}),
})

/** The event about the refusal that waits for a decision. */
export function refusalEvents(view: View, policy: Decision | null): readonly Announcement[] {
  const turn = view.undecided === null ? undefined : findTurn(view, view.undecided)
  if (!turn?.refusal) return []
  const { id: turnId, refusal, usage } = turn
  return [
    {
      type: 'turn.refused',
      turnId,
      refusal,
      usage,
      policy,
      nothingLeft: view.head === null,
      suspects: suspects(view, turnId),
      compaction: turn.kind === 'compaction',
    },
  ]
}
