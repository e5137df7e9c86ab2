// What opens a turn.
import type { Failure } from '../../../src/errors.ts'
import { type Fact, lastTurn, step, type Turn, type View } from '../../../src/journal/index.ts'
import type { ConversationContext, ConversationSettings, TurnBranch, UserSend } from '../conversation.types.ts'
import { cutShort, recorded } from '../recording.ts'
import { takeBackFacts } from '../rejections.ts'
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
  withoutRoomFact,
} from '../turns.ts'
import { change, record } from './change.ts'

/** Somebody asks: what requests leave out, and may be innocent, is carried again. */
const asked = (view: View, opening: Fact): readonly Fact[] =>
  opening.type === 'turn.opened' ? [opening, ...takeBackFacts(step(view, opening), opening.turnId)] : [opening]

const firstAttempt = () => ({ attempt: 1, tries: 1, failure: null, retryAfter: null })

/** Settles the open turn, and opens another in its place: nothing has come of it for those who wait yet. */
function inItsPlace(
  context: ConversationContext,
  failure: Failure,
  opening: (view: View, settled: Turn, settings: ConversationSettings) => Fact | null,
): Partial<ConversationContext> {
  const settled = cutShort(context, { status: 'failed', failure, isReplaced: true })
  const turn = lastTurn(settled.view)
  const opened = turn ? opening(settled.view, turn, context.settings) : null
  return opened ? { ...recorded(settled, [opened]), ...firstAttempt() } : {}
}

export const opening = {
  openTurn: record<UserSend>(({ view }, event) => asked(view, turnFor(view, event)), firstAttempt),
  openQueued: record<undefined>(
    ({ view }) => view.queue.slice(0, 1).flatMap((item) => asked(view, turnFor(view, item))),
    firstAttempt,
  ),
  reopenTurn: record<{ turnId: string; at: number }>(({ view }, { turnId, at }) => {
    const turn = retryableTurn(view)
    const parent = turn && parentFor(view, turn)
    return turn && parent !== undefined
      ? asked(view, { ...askedAgain(turn, { turnId, at, parent, force: turn.force }), replaces: turn.id })
      : []
  }, firstAttempt),
  openBranch: record<TurnBranch>(
    ({ view }, event) => branchFacts(view, event).flatMap((fact) => asked(view, fact)),
    firstAttempt,
  ),
  openContinuation: record<undefined>(({ view, settings }) => continuationFacts(view, settings), firstAttempt),
  openCompaction: record<{ turnId: string; at: number }>(
    ({ view, settings }, { turnId, at }) => [compactionFact({ turnId, at, parent: view.head }, settings)],
    firstAttempt,
  ),
  openCompactionForOverflow: change<undefined>((context) =>
    inItsPlace(context, context.failure ?? noRoom, overflowFact),
  ),
  openWithoutRoom: change<{ failure: Failure }>((context, { failure }) =>
    inItsPlace(context, failure, withoutRoomFact),
  ),
  openSummary: change<{ failure: Failure }>((context, { failure }) => inItsPlace(context, failure, summaryFact)),
  openResumption: record<undefined>(({ view, settings }) => resumptionFacts(view, settings), firstAttempt),
}
