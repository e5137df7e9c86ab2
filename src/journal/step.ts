import { unansweredCalls } from './calls.ts'
import { deepFreeze, toolCallId } from './content.ts'
import { evidenceIn } from './evidence.ts'
import type { AnyFact, Envelope, HeadMoved, ModelSwitched, ReplyRecorded, TurnOpened, TurnSettled } from './facts.ts'
import { grown, replacedAt, withIds } from './growing.ts'
import { inputHash } from './hash.ts'
import { moveHead } from './head.ts'
import { kindOf } from './rejections/parts.ts'
import type { Part } from './rejections/rejections.ts'
import { whenAccepted, whenLeft, whenRejected, whenSetAside, whenTakenBack } from './rejections/evidence.ts'
import { refusalAt, refusalOf } from './refused.ts'
import { type Attempt, failedAttempts, replyAttempts, settledAttempts } from './attempts.ts'
import { entered } from './ledger.ts'
import { addUsage, noUsage } from './usage.ts'
import { findTurn, path, type RefusalRecord, type ReplyStep, type Turn, type View } from './view.ts'

/**
 * The view after one more fact. The only implementation of "where are we": the chart, the load and the
 * inspector's time travel all run it. Total: a fact that does not fit changes nothing but the revision;
 * `violation` is what tells such a fact.
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
      const queue = view.queue.filter((item) => item.turnId !== fact.turnId)
      // What was refused is asked again instead: whether it went wrong is not decided yet.
      const refused = fact.replaces === undefined ? undefined : refusalOf(view, fact.replaces)
      const held = refused?.policy ? refused.heldBefore : view.held
      // A hold is about the inputs that were waiting when things went wrong; with none of them left it is over.
      return {
        ...view,
        open: openedTurn(fact),
        model: fact.model ?? view.model,
        goesBackTo: fact.model === undefined || fact.model === view.model ? null : view.model,
        queue,
        held: held && queue.length > 0,
        refusals: withRefusal(view, fact.replaces, { askedInstead: fact.turnId }),
      }
    }
    case 'reply.recorded':
      if (view.open?.id !== fact.turnId) return view
      return {
        // What came with the conversation was paid for elsewhere.
        ...spent(
          whenAccepted(view),
          view.open,
          view.open.kind === 'seed' || fact.attempt === 0 ? [] : replyAttempts(fact),
          [replyStep(fact)],
        ),
        awaitingApproval: none(view.awaitingApproval),
        awaitingAnswer: none(view.awaitingAnswer),
        startedCalls: none(view.startedCalls),
        decisions: none(view.decisions),
      }
    case 'toolResults.recorded': {
      const answered = withOpen(view, fact.turnId, (turn) => ({
        ...turn,
        steps: [...turn.steps, { role: 'user', content: fact.results }],
      }))
      const unanswered = unansweredCalls(answered).map(toolCallId)
      const waits = (callId: string) => unanswered.includes(callId)
      return {
        ...answered,
        awaitingApproval: view.awaitingApproval.filter(waits),
        awaitingAnswer: view.awaitingAnswer.filter(waits),
      }
    }
    case 'attempt.failed':
      return view.open?.id === fact.turnId ? spent(view, view.open, failedAttempts(fact, view.model)) : view
    case 'thinking.stripped':
      return stripThinking(view)
    case 'request.rejected':
      return view.open?.id === fact.turnId
        ? withOpen(whenRejected(view, fact), fact.turnId, (turn) => ({ ...turn, rejected: turn.rejected + 1 }))
        : view
    case 'fields.accepted': {
      const { rejections } = view
      return {
        ...view,
        rejections: { ...rejections, accepted: { ...rejections.accepted, [fact.model]: fact.fields } },
      }
    }
    // What was thought after a part that leaves, or comes back, was bound to the history as it was.
    case 'context.setAside':
      return changesHistory(fact.parts) ? stripThinking(whenSetAside(view, fact)) : whenSetAside(view, fact)
    case 'context.takenBack':
      return changesHistory(fact.parts) ? stripThinking(whenTakenBack(view, fact)) : whenTakenBack(view, fact)
    case 'turn.settled':
      return settle(view, fact)
    case 'head.moved':
      return headMoved(view, fact)
    case 'model.switched':
      return { ...view, model: fact.to, goesBackTo: null, away: awayAfter(view, fact) }
    case 'approval.requested':
      return { ...view, awaitingApproval: [...view.awaitingApproval, fact.callId] }
    case 'approval.decided': {
      const { callId, approved, reason } = fact
      const decision = { callId, approved, ...(reason === undefined ? {} : { reason }) }
      return {
        ...view,
        awaitingApproval: view.awaitingApproval.filter((waiting) => waiting !== callId),
        decisions: [...view.decisions, decision],
      }
    }
    case 'call.started':
      return {
        ...withOpen(view, fact.turnId, (turn) => ({ ...turn, ran: [...turn.ran, fact.callId] })),
        startedCalls: [...view.startedCalls, fact.callId],
      }
    case 'answer.requested':
      return { ...view, awaitingAnswer: [...view.awaitingAnswer, fact.callId] }
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
      return { ...view, queue: [...view.queue, item] }
    }
    case 'input.withdrawn': {
      const queue = view.queue.filter((item) => item.turnId !== fact.turnId)
      return { ...view, queue, held: view.held && queue.length > 0 }
    }
    case 'queue.released':
      // A refusal that is undecided now holds nothing that was held before it.
      return {
        ...view,
        held: false,
        refusals: withRefusal(view, view.undecided ?? undefined, { heldBefore: false }),
      }
  }
}

/** In the middle of a tool loop the API insists on the loop's own thinking. */
function stripThinking(view: View): View {
  const turns = path(view, view.open ? view.open.parent : view.head)
  return {
    ...view,
    strippedThinking: {
      ...view.strippedThinking,
      ...Object.fromEntries(turns.map(({ id, steps }) => [id, steps.length])),
      ...(view.open ? { [view.open.id]: 0 } : {}),
    },
  }
}

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

/** The same array while it is empty already: a view that did not change in something is told by it. */
const none = <T>(list: readonly T[]): readonly T[] => (list.length > 0 ? [] : list)

/** Enters what a step of the open turn cost. */
const spent = (view: View, open: Turn, attempts: readonly Attempt[], steps: readonly ReplyStep[] = []): View => ({
  ...view,
  open: {
    ...open,
    steps: [...open.steps, ...steps],
    usage: attempts.reduce((sum, { usage }) => addUsage(sum, usage), open.usage),
    attempts: [...open.attempts, ...attempts],
  },
  ledger: entered(view.ledger, attempts),
  hops: withHops(view.hops, attempts),
})

function withRefusal(view: View, turnId: string | undefined, change: Partial<RefusalRecord>): View['refusals'] {
  const at = turnId === undefined ? -1 : refusalAt(view, turnId)
  const record = view.refusals[at]
  return record ? replacedAt(view.refusals, at, { ...record, ...change }) : view.refusals
}

/** The attempts of one request: the last one tells how it ended. */
function withHops(hops: View['hops'], attempts: readonly Attempt[]): View['hops'] {
  const came = attempts.at(-1)?.result ?? 'cut'
  const more = attempts.flatMap(({ turnId, model, hop }) =>
    hop ? [{ turnId, model, category: hop.category, came }] : [],
  )
  return more.length > 0 ? grown(hops, more) : hops
}

function headMoved(view: View, fact: HeadMoved): View {
  return {
    ...moveHead(view, fact.to, { force: fact.force ?? false }),
    withdrawn: withIds(view.withdrawn, fact.withdrawn),
    undecided: fact.cause === 'refusal' ? null : view.undecided,
    // Who puts everything aside begins anew: the next refusal is the first one.
    refusalsInARow: fact.cause === 'clear' ? 0 : view.refusalsInARow,
    refusals: withRefusal(view, fact.turnId, { policy: fact.policy ?? null }),
  }
}

function awayAfter({ away, model }: View, { cause, to }: ModelSwitched): View['away'] {
  if ((cause !== 'refusal' && cause !== 'outage') || to === away?.from) return null
  return away ?? { from: model, turns: 0 }
}

function settle(before: View, fact: TurnSettled): View {
  if (before.open?.id !== fact.turnId) return before
  const attempts = settledAttempts(fact, before.model, (before.open.attempts.at(-1)?.attempt ?? 0) + 1)
  const told = fact.status === 'refused' ? whenAccepted(before) : whenLeft(before)
  const view = attempts.length > 0 ? spent(told, before.open, attempts) : told
  const turn: Turn = deepFreeze({
    ...(view.open ?? before.open),
    status: fact.status,
    kept: fact.kept && fact.status !== 'refused',
    ...(fact.refusal ? { refusal: fact.refusal } : {}),
    ...(fact.failure ? { failure: fact.failure } : {}),
    ...evidenceOf(fact),
    ...(fact.isReplaced ? { isReplaced: true as const } : {}),
  })
  // A summary that people asked for leaves the conversation as it was when it fails.
  const isHarmless = fact.isReplaced === true || (turn.kind === 'compaction' && !standsForAnother(view, turn))
  const wentWrong =
    !isHarmless && (turn.status === 'refused' || turn.status === 'failed' || turn.status === 'interrupted')
  const settled: View = {
    ...view,
    model: view.goesBackTo ?? view.model,
    goesBackTo: null,
    open: null,
    turns: grown(view.turns, [turn]),
    awaitingApproval: none(view.awaitingApproval),
    awaitingAnswer: none(view.awaitingAnswer),
    startedCalls: none(view.startedCalls),
    decisions: none(view.decisions),
    held: view.held || wentWrong,
    usage: addUsage(view.usage, turn.usage),
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

/** A compaction that was to make room for a turn of the user's. */
function standsForAnother(view: View, turn: Turn): boolean {
  let at: Turn | undefined = turn
  while (at?.kind === 'compaction') at = at.replaces === undefined ? undefined : findTurn(view, at.replaces)
  return at !== undefined
}

function quarantined(view: View, turn: Turn, heldBefore: boolean, sameWords: readonly string[]): View {
  // A summary that was refused says nothing of what the user asks.
  const isAsked = turn.kind !== 'compaction'
  const record: RefusalRecord = {
    turnId: turn.id,
    category: turn.refusal?.category ?? null,
    model: turn.refusal?.model ?? null,
    policy: null,
    askedInstead: null,
    heldBefore,
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
