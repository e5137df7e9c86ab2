// What opens a turn.
import type { Failure } from '../../../src/errors.ts'
import { type Fact, lastTurn, type Turn, type View } from '../../../src/journal/index.ts'
import type { ConversationContext, ConversationSettings, TurnBranch, UserSend } from '../conversation.types.ts'
import { cutShort, recorded } from '../recording.ts'
import { noRoom } from '../failures.ts'
import {
  askedAgain,
  branchFacts,
  compactionFact,
  continuationFacts,
  overflowFact,
  parentFor,
  resumptionFacts,
  retryableTurn,
  summaryFact,
  turnFor,
} from '../turns.ts'
import { change, record } from './change.ts'

const firstAttempt = () => ({ attempt: 1, tries: 1, failure: null, retryAfter: null })

/** Settles the open turn, and opens another in its place: nothing has come of it for those who wait yet. */
function inItsPlace(
  context: ConversationContext,
  failure: Failure,
  opening: (view: View, settled: Turn, settings: ConversationSettings) => Fact,
): Partial<ConversationContext> {
  const settled = cutShort(context, { status: 'failed', failure, isReplaced: true })
  const turn = lastTurn(settled.view)
  return turn ? { ...recorded(settled, [opening(settled.view, turn, context.settings)]), ...firstAttempt() } : {}
}

export const opening = {
  openTurn: record<UserSend>((context, event) => [turnFor(context.view, event)], firstAttempt),
  openQueued: record<undefined>(({ view }) => view.queue.slice(0, 1).map((item) => turnFor(view, item)), firstAttempt),
  reopenTurn: record<{ turnId: string; at: number }>(({ view }, { turnId, at }) => {
    const turn = retryableTurn(view)
    return turn
      ? [{ ...askedAgain(turn, { turnId, at, parent: parentFor(view, turn), force: turn.force }), replaces: turn.id }]
      : []
  }, firstAttempt),
  openBranch: record<TurnBranch>(({ view }, event) => branchFacts(view, event), firstAttempt),
  openContinuation: record<undefined>(({ view, settings }) => continuationFacts(view, settings), firstAttempt),
  openCompaction: record<{ turnId: string; at: number }>(
    ({ view, settings }, { turnId, at }) => [compactionFact({ turnId, at, parent: view.head }, settings)],
    firstAttempt,
  ),
  openCompactionForOverflow: change<undefined>((context) =>
    inItsPlace(context, context.failure ?? noRoom, overflowFact),
  ),
  openSummary: change<{ failure: Failure }>((context, { failure }) => inItsPlace(context, failure, summaryFact)),
  openResumption: record<undefined>(({ view, settings }) => resumptionFacts(view, settings), firstAttempt),
}
