// What opens a turn.
import type { Failure } from '../../../src/errors.ts'
import { type Fact, lastTurn, type Turn, type View } from '../../../src/journal/index.ts'
import type { ConversationContext, ConversationSettings, TurnBranch, UserSend } from '../conversation.types.ts'
import { cutShort, recorded } from '../recording.ts'
import { takingBack } from '../rejections.ts'
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
const asking = <Params extends object | undefined>(
  openings: (context: ConversationContext, params: Params) => readonly Fact[],
) =>
  change<Params>((context, params) => {
    const opened = recorded(context, openings(context, params))
    const { facts, notices } = takingBack(opened.view)
    return { ...recorded(opened, facts, ...notices), ...firstAttempt() }
  })

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
  openTurn: asking<UserSend>(({ view }, event) => [turnFor(view, event)]),
  openQueued: asking<undefined>(({ view }) => view.queue.slice(0, 1).map((item) => turnFor(view, item))),
  reopenTurn: asking<{ turnId: string; at: number }>(({ view }, { turnId, at }) => {
    const turn = retryableTurn(view)
    const parent = turn && parentFor(view, turn)
    return turn && parent !== undefined
      ? [{ ...askedAgain(turn, { turnId, at, parent, force: turn.force }), replaces: turn.id }]
      : []
  }),
  openBranch: asking<TurnBranch>(({ view }, event) => branchFacts(view, event)),
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
