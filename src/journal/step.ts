import { callsIn } from './calls-in-steps.ts'
import { type Block, deepFreeze } from './content.ts'
import { evidenceIn } from './request-evidence.ts'
import type { AnyFact, Envelope, HeadMoved, ModelSwitched, ReplyRecorded, TurnOpened, TurnSettled } from './facts.ts'
import { grown, replacedAt, withEntries, withIds } from './append-only-lists.ts'
import { inputHash } from './hash.ts'
import { moveHead } from './move-head.ts'
import { idLists } from './keyed-lists.ts'
import { kindOf } from './rejections/parts.ts'
import { rejectionOf } from './rejections/blame.ts'
import type { Part } from './rejections/rejections.ts'
import { whenAccepted, whenLeft, whenRejected, whenSetAside, whenTakenBack } from './rejections/evidence.ts'
import { refusalAt, refusalOf } from './refusal-lookup.ts'
import { type Attempt, failedAttempts, replyAttempts, settledAttempts } from './attempts.ts'
import { entered } from './ledger.ts'
import { addUsage, noUsage } from './usage.ts'
import { parentOf, settledTurn, standsFor } from './turn-index.ts'
import { decisionLists, queues, type RefusalRecord, type ReplyStep, type Turn, type View } from './view.ts'

/**
 * The view after one more fact. `violation` says beforehand whether a fact fits.
 *
 * F1 This is the only implementation of "where are we": the chart, loading and the inspector's time travel all run it (design).
 * F2 It is total: a fact that does not fit changes only the revision. A throwing action would stop the chart's actor (XState).
 * F3 A refused turn never moves head, and its id stays in `quarantine` (design: refused content poisons every later request).
 * F4 A view never changes: settled turns are frozen and shared, lists grow by copies that share their items (cost per turn).
 * F5 A hold ends with the queue it is for: a turn that opens with an empty queue is not held (design).
 * F6 Refusals in a row count from the last completed turn; stopped and failed turns do not count, and `clear` sets them to zero.
 * F7 Thinking is bound to the history before it (API: "thinking blocks … must remain as they were"): when a part leaves or returns,
 *    the thinking after it is stripped.
 */
export function step(before: View, fact: AnyFact): View {
  const view: View = {
    ...before,
    revision: before.revision + 1,
    format: Math.max(before.format, fact.v ?? 1),
  }
  switch (fact.type) {
    case 'conversation.created':
      return { ...view, id: fact.id, model: fact.model }
    case 'turn.opened': {
      const queue = queues.without(view.queue, [fact.turnId])
      // The turn replaces a refused one. How the replacement ends decides about the hold.
      const refused = fact.replaces === undefined ? undefined : refusalOf(view, fact.replaces)
      const held = refused?.policy ? refused.heldBefore : view.held
      // F5
      return {
        ...view,
        open: openedTurn(fact),
        model: fact.model ?? view.model,
        goesBackTo: fact.model === undefined || fact.model === view.model ? null : view.model,
        queue,
        ...firstAttempt,
        held: held && !queues.isEmpty(queue),
        refusals: withRefusal(view, fact.replaces, { askedInstead: fact.turnId }),
      }
    }
    case 'reply.recorded':
      if (view.open?.id !== fact.turnId) return view
      return {
        // Replies of a seeded history were paid for elsewhere.
        ...spent(
          whenAccepted(view),
          view.open,
          view.open.kind === 'seed' || fact.attempt === 0 ? [] : replyAttempts(fact),
          [replyStep(fact)],
        ),
        ...noCallsUnderWay(view),
        ...nextAttempt(fact),
      }
    case 'toolResults.recorded':
      return view.open?.id === fact.turnId ? withResults(view, view.open, fact.results) : view
    case 'attempt.failed':
      return view.open?.id === fact.turnId
        ? {
            ...spent(view, view.open, failedAttempts(fact, view.model)),
            ...nextAttempt(fact, view.tries + 1),
            failure: fact.failure,
          }
        : view
    case 'thinking.stripped':
      return repaired(stripThinking(view))
    case 'request.rejected': {
      if (view.open?.id !== fact.turnId) return view
      const rejected = whenRejected(view, fact)
      const rejection = rejectionOf(rejected, fact.failure)
      return {
        ...withOpen(rejected, fact.turnId, (turn) => ({ ...turn, rejected: turn.rejected + 1, rejection })),
        ...nextAttempt(fact, view.tries),
        failure: fact.failure,
        isRejected: true,
      }
    }
    case 'fields.accepted': {
      const { rejections } = view
      return {
        ...view,
        rejections: { ...rejections, accepted: withEntries(rejections.accepted, [[fact.model, fact.fields]]) },
      }
    }
    // F7
    case 'context.setAside':
      return repaired(changesHistory(fact.parts) ? stripThinking(whenSetAside(view, fact)) : whenSetAside(view, fact))
    case 'context.takenBack':
      return repaired(changesHistory(fact.parts) ? stripThinking(whenTakenBack(view, fact)) : whenTakenBack(view, fact))
    case 'turn.settled':
      return settle(view, fact)
    case 'head.moved':
      return headMoved(view, fact)
    case 'model.switched':
      return {
        ...repaired(view),
        model: fact.to,
        goesBackTo: null,
        away: awayAfter(view, fact),
        // Another model begins anew.
        ...(fact.cause === 'outage' && view.open ? { tries: 1, failure: null } : {}),
      }
    case 'approval.requested':
      return { ...view, awaitingApproval: idLists.added(view.awaitingApproval, [fact.callId]) }
    case 'approval.decided': {
      const { callId, approved, reason } = fact
      const decision = { callId, approved, ...(reason === undefined ? {} : { reason }) }
      return {
        ...view,
        awaitingApproval: idLists.without(view.awaitingApproval, [callId]),
        decisions: decisionLists.added(view.decisions, [decision]),
      }
    }
    case 'call.started':
      if (fact.again) return view
      return {
        ...withOpen(view, fact.turnId, (turn) => ({ ...turn, ran: grown(turn.ran, [fact.callId]) })),
        startedCalls: idLists.added(view.startedCalls, [fact.callId]),
      }
    case 'answer.requested':
      return { ...view, awaitingAnswer: idLists.added(view.awaitingAnswer, [fact.callId]) }
    case 'conversation.forked':
      return { ...view, refusedInputs: grown(view.refusedInputs, fact.quarantine) }
    case 'input.queued': {
      const { turnId, input, system, at, metadata } = fact
      const item = {
        turnId,
        input,
        ...(system === undefined ? {} : { system }),
        at,
        ...(metadata === undefined ? {} : { metadata }),
      }
      return { ...view, queue: queues.added(view.queue, [item]) }
    }
    case 'input.withdrawn': {
      const queue = queues.without(view.queue, [fact.turnId])
      return { ...view, queue, held: view.held && !queues.isEmpty(queue) }
    }
    case 'queue.released':
      // The release covers an undecided refusal too: the queue no longer counts as held before it.
      return {
        ...view,
        held: false,
        refusals: withRefusal(view, view.undecided ?? undefined, { heldBefore: false }),
      }
    case 'queue.held':
      return { ...view, held: !queues.isEmpty(view.queue) }
    case 'refusal.deferred':
      return { ...view, refusals: withRefusal(view, fact.turnId, { isDeferred: true }) }
    case 'budget.set':
      return { ...view, budget: fact.budget }
  }
}

const firstAttempt = { attempt: 1, tries: 1, failure: null, isRejected: false } as const

/** A number is never given twice, also where an attempt left no fact behind before this one. */
const nextAttempt = ({ attempt }: { readonly attempt: number }, tries = 1) => ({
  attempt: attempt + 1,
  tries,
  failure: null,
  isRejected: false,
})

/** Something was changed after a rejected request, so another one follows. */
const repaired = (view: View): View => (view.isRejected ? { ...view, failure: null, isRejected: false } : view)

/** Strips all thinking but that of the open tool loop, which the API requires. */
function stripThinking(view: View): View {
  const { open, strippedThinking: before } = view
  const stripped: [string, number][] = []
  const isNews = (id: string, steps: number) => !Object.hasOwn(before, id) || before[id] !== steps
  const last = open ? open.parent : view.head
  let turn = last === null ? undefined : settledTurn(view.turns, last)
  // A turn without any thinking left lost it together with the path to it.
  for (; turn && isNews(turn.id, turn.steps.length); turn = parentOf(view.turns, turn))
    stripped.push([turn.id, turn.steps.length])
  stripped.reverse()
  if (open && isNews(open.id, 0)) stripped.push([open.id, 0])
  return stripped.length > 0 ? { ...view, strippedThinking: withEntries(before, stripped) } : view
}

/** Adds results. Their calls no longer wait for anyone. */
function withResults(view: View, open: Turn, results: readonly Block[]): View {
  const steps = grown<Turn['steps'][number]>(open.steps, [{ role: 'user', content: results }])
  const calls = callsIn(steps)
  const answered = results
    .map((result) => result['tool_use_id'])
    .filter((id): id is string => typeof id === 'string' && calls.unanswered(id) === 0)
  return {
    ...view,
    open: { ...open, steps },
    awaitingApproval: idLists.without(view.awaitingApproval, answered),
    awaitingAnswer: idLists.without(view.awaitingAnswer, answered),
  }
}

const noCallsUnderWay = (
  view: View,
): Pick<View, 'awaitingApproval' | 'awaitingAnswer' | 'startedCalls' | 'decisions'> => ({
  awaitingApproval: idLists.emptied(view.awaitingApproval),
  awaitingAnswer: idLists.emptied(view.awaitingAnswer),
  startedCalls: idLists.emptied(view.startedCalls),
  decisions: decisionLists.emptied(view.decisions),
})

const changesHistory = (parts: readonly Part[]): boolean =>
  parts.some((part) => !['field', 'container'].includes(kindOf(part)))

function openedTurn(fact: TurnOpened): Turn {
  return {
    id: fact.turnId,
    parent: fact.parent,
    kind: fact.kind ?? 'user',
    input: fact.input,
    ...(fact.system === undefined ? {} : { system: fact.system }),
    openedAt: fact.at,
    steps: [],
    status: 'open',
    kept: false,
    usage: noUsage,
    attempts: [],
    ran: [],
    rejected: 0,
    ...(fact.continues === undefined ? {} : { continues: fact.continues }),
    ...(fact.force ? { force: fact.force } : {}),
    ...(fact.replaces === undefined ? {} : { replaces: fact.replaces }),
    ...(fact.metadata === undefined ? {} : { metadata: fact.metadata }),
  }
}

function replyStep(fact: ReplyRecorded & Partial<Envelope>): ReplyStep {
  const { type: _type, turnId: _turnId, seq: _seq, v: _v, ...reply } = fact
  return { role: 'assistant', ...reply }
}

const withOpen = (view: View, turnId: string, change: (turn: Turn) => Turn): View =>
  view.open?.id === turnId ? { ...view, open: change(view.open) } : view

/** Records the cost of a step of the open turn. */
const spent = (view: View, open: Turn, attempts: readonly Attempt[], steps: readonly ReplyStep[] = []): View => ({
  ...view,
  open: {
    ...open,
    steps: grown<Turn['steps'][number]>(open.steps, steps),
    usage: attempts.reduce((sum, { usage }) => addUsage(sum, usage), open.usage),
    attempts: grown(open.attempts, attempts),
  },
  ledger: entered(view.ledger, attempts),
  hops: withHops(view.hops, attempts),
})

function withRefusal(view: View, turnId: string | undefined, change: Partial<RefusalRecord>): View['refusals'] {
  const at = turnId === undefined ? -1 : refusalAt(view, turnId)
  const record = view.refusals[at]
  return record ? replacedAt(view.refusals, at, { ...record, ...change }) : view.refusals
}

/** Adds the refused hops among the attempts of one request. The last attempt says how the request ended. */
function withHops(hops: View['hops'], attempts: readonly Attempt[]): View['hops'] {
  const result = attempts.at(-1)?.result ?? 'cut'
  const more = attempts.flatMap(({ turnId, model, hop }) =>
    hop ? [{ turnId, model, category: hop.category, result }] : [],
  )
  return more.length > 0 ? grown(hops, more) : hops
}

function headMoved(view: View, fact: HeadMoved): View {
  return {
    ...moveHead(view, fact.to, { force: fact.force ?? false }),
    withdrawn: withdrawnBy(view.withdrawn, fact),
    undecided: fact.cause === 'refusal' ? null : view.undecided,
    failure: fact.cause === 'clear' ? null : view.failure,
    // F6
    refusalsInARow: fact.cause === 'clear' ? 0 : view.refusalsInARow,
    refusals: withRefusal(view, fact.turnId, { policy: fact.policy ?? null, reset: resetIn(fact) }),
  }
}

/** A turn that came back by `force` may be withdrawn again: the last reset counts. */
const withdrawnBy = (before: View['withdrawn'], { withdrawn, cause }: HeadMoved): View['withdrawn'] =>
  cause === 'switch' || withdrawn.length === 0
    ? before
    : withEntries(
        before,
        withdrawn.map((turnId) => [turnId, cause] as const),
      )

const resetIn = ({ to, withdrawn, decidedBy }: HeadMoved): RefusalRecord['reset'] => ({
  to,
  withdrawn,
  ...(decidedBy === undefined ? {} : { decidedBy }),
})

function awayAfter({ away, model }: View, { cause, to }: ModelSwitched): View['away'] {
  if ((cause !== 'refusal' && cause !== 'outage') || to === away?.from) return null
  return away ?? { from: model, turns: 0 }
}

function settle(before: View, fact: TurnSettled): View {
  if (before.open?.id !== fact.turnId) return before
  const attempts = settledAttempts(fact, before.model, (before.open.attempts.at(-1)?.attempt ?? 0) + 1)
  const told = fact.status === 'refused' ? whenAccepted(before) : whenLeft(before)
  const view = attempts.length > 0 ? spent(told, before.open, attempts) : told
  // Not a spread followed by further properties: V8 makes a hidden class for each such object, 400 bytes with every turn.
  const turn: Turn = deepFreeze(
    Object.assign({}, view.open ?? before.open, {
      status: fact.status,
      kept: fact.kept && fact.status !== 'refused',
      ...(fact.refusal ? { refusal: fact.refusal } : {}),
      ...(fact.failure ? { failure: fact.failure } : {}),
      ...evidenceOf(fact),
      ...(fact.isReplaced ? { isReplaced: true as const } : {}),
    }),
  )
  // A failed summary that the user asked for leaves the conversation unchanged.
  const isHarmless =
    fact.isReplaced === true || (turn.kind === 'compaction' && standsFor(view.turns, turn) === undefined)
  const wentWrong =
    !isHarmless && (turn.status === 'refused' || turn.status === 'failed' || turn.status === 'interrupted')
  const settled: View = {
    ...view,
    model: view.goesBackTo ?? view.model,
    goesBackTo: null,
    open: null,
    turns: grown(view.turns, [turn]),
    ...noCallsUnderWay(view),
    held: view.held || wentWrong,
    usage: addUsage(view.usage, turn.usage),
    ...firstAttempt,
    failure: turn.failure ?? null,
  }
  if (turn.status === 'refused') return quarantined(settled, turn, before.held, fact.sameWords ?? [])
  const headed = turn.kept ? moveHead(settled, turn.id, { force: turn.force ?? false }) : settled
  if (turn.status !== 'completed' || turn.kind === 'compaction') return headed
  return {
    ...headed,
    refusalsInARow: 0,
    away: view.away === null ? null : { ...view.away, turns: view.away.turns + 1 },
  }
}

function evidenceOf(fact: TurnSettled): Pick<Turn, 'evidence'> {
  const evidence = evidenceIn(fact)
  return Object.keys(evidence).length > 0 ? { evidence } : {}
}

function quarantined(view: View, turn: Turn, heldBefore: boolean, sameWords: readonly string[]): View {
  // A refused summary does not count as a refusal of the user's input.
  const isAsked = turn.kind !== 'compaction'
  const record: RefusalRecord = {
    turnId: turn.id,
    category: turn.refusal?.category ?? null,
    model: turn.refusal?.model ?? null,
    policy: null,
    askedInstead: null,
    heldBefore,
    nothingLeft: view.head === null,
    isDeferred: false,
    reset: null,
  }
  return {
    ...view,
    quarantine: grown(view.quarantine, [turn.id]),
    sameWords: withIds(view.sameWords, sameWords),
    undecided: turn.id,
    refusalsInARow: view.refusalsInARow + (isAsked ? 1 : 0),
    refusals: grown(view.refusals, [record]),
    refusedInputs: isAsked
      ? grown(view.refusedInputs, [{ turnId: turn.id, inputHash: inputHash(turn.input) }])
      : view.refusedInputs,
  }
}
