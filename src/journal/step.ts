import { deepFreeze } from './content.ts'
import type { Fact, ReplyRecorded, TurnOpened, TurnSettled } from './facts.ts'
import { moveHead } from './head.ts'
import { addUsage, noUsage } from './usage.ts'
import type { ReplyStep, Turn, View } from './view.ts'

/**
 * The view after one more fact. The only implementation of "where are we": the chart, the load and the
 * inspector's time travel all run it. Total: a fact that does not fit changes nothing but the revision;
 * `violation` is what tells such a fact.
 */
export function step(before: View, fact: Fact): View {
  const view: View = { ...before, revision: before.revision + 1 }
  switch (fact.type) {
    case 'conversation.created':
      return { ...view, id: fact.id, model: fact.model }
    case 'turn.opened': {
      const queue = view.queue.filter((item) => item.turnId !== fact.turnId)
      // A hold is about the inputs that were waiting when things went wrong; with none of them left it is over.
      return { ...view, open: openedTurn(fact), queue, held: view.held && queue.length > 0 }
    }
    case 'reply.recorded':
      return withOpen(view, fact.turnId, (turn) => ({
        ...turn,
        steps: [...turn.steps, replyStep(fact)],
        usage: addUsage(turn.usage, fact.usage),
      }))
    case 'toolResults.recorded':
      return withOpen(view, fact.turnId, (turn) => ({
        ...turn,
        steps: [...turn.steps, { role: 'user', content: fact.results }],
      }))
    case 'turn.settled':
      return settle(view, fact)
    case 'head.moved': {
      const moved = moveHead(view, fact.to, { force: fact.force ?? false })
      return {
        ...moved,
        withdrawn: fact.withdrawn.length > 0 ? [...new Set([...view.withdrawn, ...fact.withdrawn])] : view.withdrawn,
        undecided: fact.cause === 'refusal' ? null : view.undecided,
      }
    }
    case 'model.switched':
      return { ...view, model: fact.to }
    case 'approval.requested':
      return { ...view, awaitingApproval: [...view.awaitingApproval, fact.callId] }
    case 'approval.decided':
      return { ...view, awaitingApproval: view.awaitingApproval.filter((callId) => callId !== fact.callId) }
    case 'input.queued': {
      const { type: _, ...item } = fact
      return { ...view, queue: [...view.queue, item] }
    }
    case 'input.withdrawn': {
      const queue = view.queue.filter((item) => item.turnId !== fact.turnId)
      return { ...view, queue, held: view.held && queue.length > 0 }
    }
    case 'queue.released':
      return { ...view, held: false }
  }
}

function openedTurn(fact: TurnOpened): Turn {
  return {
    id: fact.turnId,
    parent: fact.parent,
    kind: fact.kind ?? 'user',
    input: fact.input,
    openedAt: fact.at,
    steps: [],
    status: 'open',
    kept: false,
    usage: noUsage,
    ...(fact.replaces === undefined ? {} : { replaces: fact.replaces }),
    ...(fact.metadata === undefined ? {} : { metadata: fact.metadata }),
  }
}

function replyStep(fact: ReplyRecorded): ReplyStep {
  const { type: _type, turnId: _turnId, ...reply } = fact
  return { role: 'assistant', ...reply }
}

const withOpen = (view: View, turnId: string, change: (turn: Turn) => Turn): View =>
  view.open?.id === turnId ? { ...view, open: change(view.open) } : view

function settle(view: View, fact: TurnSettled): View {
  const { open } = view
  if (open?.id !== fact.turnId) return view
  const turn: Turn = deepFreeze({
    ...open,
    status: fact.status,
    kept: fact.kept && fact.status !== 'refused',
    usage: fact.usage ? addUsage(open.usage, fact.usage) : open.usage,
    ...(fact.refusal ? { refusal: fact.refusal } : {}),
    ...(fact.failure ? { failure: fact.failure } : {}),
  })
  const wentWrong = turn.status === 'refused' || turn.status === 'failed' || turn.status === 'interrupted'
  const settled: View = {
    ...view,
    open: null,
    turns: [...view.turns, turn],
    awaitingApproval: view.awaitingApproval.length > 0 ? [] : view.awaitingApproval,
    held: view.held || wentWrong,
    usage: addUsage(view.usage, turn.usage),
  }
  if (turn.status === 'refused')
    return {
      ...settled,
      quarantine: [...view.quarantine, turn.id],
      undecided: turn.id,
      refusalsInARow: view.refusalsInARow + 1,
    }
  const headed = turn.kept ? moveHead(settled, turn.id) : settled
  return turn.status === 'completed' ? { ...headed, refusalsInARow: 0 } : headed
}
