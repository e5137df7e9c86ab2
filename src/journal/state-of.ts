import { toolCallId } from './content.ts'
import { refusalOf } from './refusal-lookup.ts'
import { unansweredCalls } from './unanswered-calls.ts'
import type { View } from './view.ts'

/**
 * A state of the chart that the journal alone shows. `refused` and `rejected` wait for a decision, `deferred` for that of a person.
 * `tools`: calls wait for people, or were approved and have not begun. `interrupted`: any other open turn.
 */
export type JournalState =
  | 'idle'
  | 'completed'
  | 'stopped'
  | 'failed'
  | 'refused'
  | 'deferred'
  | 'rejected'
  | 'tools'
  | 'interrupted'

/**
 * Where a conversation with this view is. What the journal does not hold (saving, backoff, a decision that is being made) is left
 * out: the result is the state before or after it.
 */
export function stateOf(view: View): JournalState {
  if (view.undecided !== null) return refusalOf(view, view.undecided)?.isDeferred ? 'deferred' : 'refused'
  if (view.open) return stateOfOpen(view)
  const status = view.turns.at(-1)?.status
  if (status === 'stopped') return 'stopped'
  if (status === 'failed' || status === 'interrupted') return 'failed'
  return view.head === null ? 'idle' : 'completed'
}

function stateOfOpen(view: View): JournalState {
  if (view.isRejected) return 'rejected'
  const isApproved = ({ callId, approved }: View['decisions'][number]) =>
    approved && !view.startedCalls.includes(callId) && unansweredCalls(view).some((call) => toolCallId(call) === callId)
  const waits = view.awaitingApproval.length > 0 || view.awaitingAnswer.length > 0 || view.decisions.some(isApproved)
  return waits ? 'tools' : 'interrupted'
}
