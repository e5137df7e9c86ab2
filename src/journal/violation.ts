import type { Fact, HeadMoved } from './facts.ts'
import { headObstacle } from './head.ts'
import { pathBeyond } from './turn-index.ts'
import { findTurn, isTaken, type View } from './view.ts'

/** Why a fact can't follow upon this view, in a sentence, or `null` when it can. The counterpart of `step`. */
export function violation(view: View, fact: Fact): string | null {
  if (view.revision === 0) {
    return fact.type === 'conversation.created' ? null : 'a journal starts with conversation.created'
  }
  switch (fact.type) {
    case 'conversation.created':
      return 'the conversation was created already'
    case 'turn.opened': {
      if (view.open) return `turn ${view.open.id} is still open`
      const queued = view.queue.some((item) => item.turnId === fact.turnId)
      if (!queued && isTaken(view, fact.turnId)) return `the turn id ${fact.turnId} was used before`
      if (fact.replaces !== undefined && !findTurn(view, fact.replaces))
        return `it replaces the unknown turn ${fact.replaces}`
      if (fact.continues !== undefined && !findTurn(view, fact.continues))
        return `it continues the unknown turn ${fact.continues}`
      return fact.parent === view.head ? null : obstacle(view, fact.parent, fact.force)
    }
    case 'reply.recorded':
    case 'toolResults.recorded':
    case 'attempt.failed':
    case 'thinking.stripped':
    case 'request.rejected':
    case 'fields.accepted':
    case 'call.started':
      return view.open?.id === fact.turnId ? null : `turn ${fact.turnId} is not open`
    case 'turn.settled':
      if (view.open?.id !== fact.turnId) return `turn ${fact.turnId} is not open`
      if (fact.status === 'refused' && fact.kept) return 'a refused turn is never kept'
      if (fact.status === 'refused' && !fact.refusal) return 'a refused turn says what refused it'
      return fact.status === 'completed' && !fact.kept ? 'a completed turn is always kept' : null
    case 'head.moved':
      if (fact.from !== view.head) return `head stands at ${view.head ?? 'the root'}, not at ${fact.from ?? 'the root'}`
      if (view.open) return `turn ${view.open.id} is still open`
      if (fact.cause === 'refusal' && fact.turnId !== view.undecided)
        return 'it answers a refusal that is not undecided'
      return wrongWithdrawal(view, fact) ?? obstacle(view, fact.to, fact.force)
    case 'context.setAside':
    case 'context.takenBack':
      return findTurn(view, fact.turnId) ? null : `there is no turn ${fact.turnId}`
    case 'model.switched':
      return fact.from === view.model ? null : `the model is ${view.model}, not ${fact.from}`
    case 'approval.requested':
      if (view.open?.id !== fact.turnId) return `turn ${fact.turnId} is not open`
      return view.awaitingApproval.includes(fact.callId) ? `the approval of ${fact.callId} is open already` : null
    case 'approval.decided':
      if (view.open?.id !== fact.turnId) return `turn ${fact.turnId} is not open`
      return view.awaitingApproval.includes(fact.callId) ? null : `no approval of ${fact.callId} is open`
    case 'answer.requested':
      if (view.open?.id !== fact.turnId) return `turn ${fact.turnId} is not open`
      return view.awaitingAnswer.includes(fact.callId) ? `the answer to ${fact.callId} is open already` : null
    case 'conversation.forked':
      return view.open || view.turns.length > 0 ? 'the conversation has turns of its own already' : null
    case 'input.queued':
      return isTaken(view, fact.turnId) ? `the turn id ${fact.turnId} was used before` : null
    case 'input.withdrawn':
      return view.queue.some((item) => item.turnId === fact.turnId) ? null : `${fact.turnId} is not in the queue`
    case 'queue.released':
      return null
  }
}

/** A reset withdraws exactly the turns that it takes off the path. */
function wrongWithdrawal(view: View, { cause, to, withdrawn }: HeadMoved): string | null {
  if (cause === 'switch') return null
  const left = pathBeyond(view.turns, view.head, to)
  const ids = new Set(withdrawn)
  const isExact = left.length === withdrawn.length && left.every((turn) => ids.has(turn.id))
  return isExact ? null : 'it does not withdraw the turns that it takes off the path'
}

function obstacle(view: View, to: string | null, force = false): string | null {
  switch (headObstacle(view, to, { force })) {
    case null:
      return null
    case 'turn-unknown':
      return `there is no settled turn ${to}`
    case 'turn-quarantined':
      return `the path to ${to} holds a refused turn`
    case 'turn-withdrawn':
      return `the path to ${to} holds a turn that a reset withdrew`
    case 'turn-not-kept':
      return `the path to ${to} holds a turn that was not kept`
  }
}
