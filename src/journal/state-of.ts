import { unansweredCalls } from './unanswered-calls.ts'
import type { View } from './view.ts'

/** A top-level state of the chart that can be told from the journal alone. */
type JournalState = 'idle' | 'streaming' | 'tools' | 'completed' | 'stopped' | 'failed' | 'refused'

/**
 * Where a conversation with this view is. What the journal does not hold (saving, backoff, a decision that is being made) is left
 * out: the result is the state before or after it.
 */
export function stateOf(view: View): JournalState {
  if (view.undecided !== null) return 'refused'
  if (view.open) return unansweredCalls(view).length > 0 ? 'tools' : 'streaming'
  const status = view.turns.at(-1)?.status
  if (status === 'stopped') return 'stopped'
  if (status === 'failed' || status === 'interrupted') return 'failed'
  return view.head === null ? 'idle' : 'completed'
}
