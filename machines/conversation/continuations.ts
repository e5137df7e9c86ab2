// Continuations: turns that ask for the rest of a reply that was cut at its limit of tokens.
import { derivedId, earlierTurn, hasText, isCut, lastTurn, type Turn, type View } from '../../src/journal/index.ts'
import type { ConversationSettings } from './conversation.types.ts'
import type { Opening } from './turn-openings.ts'

/** Whether the reply has text to continue from. Cut structured output is not sent back, and cut thinking has no text. */
function canGoOnFrom(turn: Turn): boolean {
  const reply = turn.steps.findLast((step) => step.role === 'assistant')
  return reply !== undefined && isCut(reply.stopReason) && !reply.structured && hasText(reply.content)
}

/** Whether the turn that has just completed was cut at its limit, and a continuation follows. */
export function isToBeContinued(view: View, { onTruncated, maxContinuations }: ConversationSettings): boolean {
  const turn = lastTurn(view)
  return (
    onTruncated === 'continue' &&
    turn?.status === 'completed' &&
    turn.kind !== 'compaction' &&
    canGoOnFrom(turn) &&
    timesContinued(view, turn) < maxContinuations
  )
}

function timesContinued(view: View, turn: Turn): number {
  let times = 0
  for (let at: Turn | undefined = turn; at?.continues !== undefined; at = earlierTurn(view, at, at.continues)) times++
  return times
}

/** The rest is asked for in words: current models reject a prefill. */
export function continuationFacts(view: View, { continueWith }: ConversationSettings): readonly Opening[] {
  const turn = lastTurn(view)
  return turn ? [continuationOf(view, turn, turn.id, continueWith)] : []
}

/** A turn that asks for the rest of another one. */
export const continuationOf = (view: View, turn: Turn, parent: string | null, input: string): Opening => ({
  type: 'turn.opened',
  turnId: derivedId(view, turn.id),
  parent,
  input,
  at: turn.openedAt,
  kind: 'continuation',
  continues: turn.id,
})
