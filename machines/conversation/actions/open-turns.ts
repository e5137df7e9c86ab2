// What opens a turn.
import { type Fact, lastTurn, refusedTurnAsking } from '../../../src/journal/index.ts'
import type { Announcement, ConversationContext, TurnBranch, UserSend } from '../conversation.types.ts'
import { cutShort } from '../cut-turn.ts'
import { recorded } from '../record-facts.ts'
import { takeBackInnocent } from '../rejections.ts'
import {
  afterFailedCompaction,
  compactionFact,
  isToBeResumed,
  overflowFact,
  overflowFailure,
  resumptionFacts,
} from '../compactions.ts'
import { continuedEvent } from '../outcomes.ts'
import { branchFacts } from '../branches.ts'
import { continuationFacts } from '../continuations.ts'
import { askedAgain, type Opening, parentFor, retryableTurn, turnFor } from '../turn-openings.ts'
import { change, record } from './action-kinds.ts'

/**
 * Opens a turn for a new input. Parts that requests leave out and that may be innocent are included again.
 *
 * @param says Whether the user wrote this input, so that it may be one that was refused before.
 */
const asking = <Params extends object | undefined>(
  openings: (context: ConversationContext, params: Params) => readonly Fact[],
  says: (params: Params) => boolean,
) =>
  change<Params>((context, params) => {
    const asked = openings(context, params)
    const opened = recorded(context, asked, says(params) ? refusedBefore(context, asked) : [])
    const { facts, notices } = takeBackInnocent(opened.view)
    return recorded(opened, facts, notices)
  })

/** The chart emits this, because an input can be refused while it waits in the queue. */
const refusedBefore = ({ view, settings }: ConversationContext, asked: readonly Fact[]): Announcement[] =>
  asked.flatMap((fact) => {
    const refusedTurnId = fact.type === 'turn.opened' ? refusedTurnAsking(view, fact.input) : undefined
    return fact.type !== 'turn.opened' || refusedTurnId === undefined || settings.resendRefused !== 'warn'
      ? []
      : [{ type: 'input.refusedBefore', turnId: fact.turnId, refusedTurnId }]
  })

const isAlways = () => true
const isNever = () => false

/** Opens a turn that continues the message of the last one. */
const following = (openings: (context: ConversationContext) => readonly Opening[]) =>
  change<undefined>((context) => {
    const before = lastTurn(context.view)
    const [opening] = openings(context)
    return before && opening ? recorded(context, [opening], [continuedEvent(before, opening.turnId)]) : {}
  })

export const openingActions = {
  openTurn: asking<UserSend>(({ view }, event) => [turnFor(view, event)], isAlways),
  openQueued: asking<undefined>(({ view }) => view.queue.slice(0, 1).map((item) => turnFor(view, item)), isAlways),
  reopenTurn: asking<{ turnId: string; at: number }>(({ view, settings }, { turnId, at }) => {
    const turn = retryableTurn(view)
    const parent = turn && parentFor(view, turn)
    if (!turn || parent === undefined) return []
    // What room was made for is asked after the compaction.
    if (isToBeResumed(view))
      return resumptionFacts(view, settings).map((fact) => ({ ...fact, turnId, at, replaces: turn.id }))
    const again = { turnId, at, parent, replaces: turn.id, force: turn.force }
    return turn.kind === 'compaction'
      ? [compactionFact(view, again, settings)]
      : [{ ...askedAgain(turn, again), replaces: turn.id }]
  }, isNever),
  openBranch: asking<TurnBranch>(
    ({ view }, event) => branchFacts(view, event),
    ({ input }) => input !== undefined,
  ),
  openContinuation: following(({ view, settings }) => continuationFacts(view, settings)),
  openCompaction: record<{ turnId: string; at: number }>(({ view, settings }, { turnId, at }) => [
    compactionFact(view, { turnId, at, parent: view.head }, settings),
  ]),
  /** Settles the turn with `isReplaced`, so that it has no outcome yet, and opens the compaction. */
  openCompactionForOverflow: change<undefined>((context) => {
    const settled = cutShort(context, { status: 'failed', failure: overflowFailure(context.view), isReplaced: true })
    const turn = lastTurn(settled.view)
    const opening = turn && overflowFact(settled.view, turn, context.settings)
    return opening ? recorded(settled, [opening], [continuedEvent(turn, opening.turnId)]) : settled
  }),
  openAfterCompaction: following(({ view, settings }) => afterFailedCompaction(view, settings)),
  openResumption: following(({ view, settings }) => resumptionFacts(view, settings)),
}
