import type { AnyFact, Fact } from './facts.ts'
import { refusalOf } from './refusal-lookup.ts'
import { findTurn, isTaken, queues, type View } from './view.ts'
import {
  answerObjection,
  approvalObjection,
  decisionObjection,
  resultsObjection,
  startObjection,
} from './violations/calls.ts'
import { moveObjection, switchObjection } from './violations/moves.ts'
import { openingObjection } from './violations/opening.ts'
import { replyObjection, settlingObjection } from './violations/settling.ts'

/** Why a fact cannot follow this view, as a sentence, or `null` if it can. The counterpart of `step`. */
export function violation(view: View, fact: AnyFact): string | null {
  return numberObjection(view, fact) ?? (view.revision === 0 ? beginningObjection(fact) : objection(view, fact))
}

/** The number of a fact reveals one that is missing, doubled or out of order. Facts of format 1 have no numbers. */
function numberObjection({ revision, format }: View, { seq, v = 1 }: AnyFact): string | null {
  if (seq === undefined) return Math.max(v, format) < 2 ? null : 'it has no number'
  return seq === revision ? null : `it is number ${seq}, where number ${revision} is due`
}

const beginningObjection = ({ type }: Fact): string | null =>
  type === 'conversation.created' ? null : 'a journal starts with conversation.created'

function objection(view: View, fact: Fact): string | null {
  switch (fact.type) {
    case 'conversation.created':
      return 'the conversation was created already'
    case 'turn.opened':
      return openingObjection(view, fact)
    case 'turn.settled':
      return notOpen(view, fact) ?? settlingObjection(view, fact)
    case 'reply.recorded':
      return notOpen(view, fact) ?? replyObjection(view)
    case 'toolResults.recorded':
      return notOpen(view, fact) ?? resultsObjection(view, fact)
    case 'approval.requested':
      return notOpen(view, fact) ?? approvalObjection(view, fact)
    case 'approval.decided':
      return notOpen(view, fact) ?? decisionObjection(view, fact)
    case 'answer.requested':
      return notOpen(view, fact) ?? answerObjection(view, fact)
    case 'call.started':
      return notOpen(view, fact) ?? startObjection(view, fact)
    case 'attempt.failed':
    case 'thinking.stripped':
    case 'request.rejected':
    case 'fields.accepted':
      return notOpen(view, fact)
    case 'head.moved':
      return moveObjection(view, fact)
    case 'model.switched':
      return switchObjection(view, fact)
    case 'context.setAside':
    case 'context.takenBack':
      return findTurn(view, fact.turnId) ? null : `there is no turn ${fact.turnId}`
    case 'conversation.forked':
      return view.open || view.turns.length > 0 ? 'the conversation has turns of its own already' : null
    case 'input.queued':
      return isTaken(view, fact.turnId) ? `the turn id ${fact.turnId} was used before` : null
    case 'input.withdrawn':
      return queues.has(view.queue, fact.turnId) ? null : `${fact.turnId} is not in the queue`
    case 'queue.released':
      return view.held ? null : 'the queue is not held'
    case 'queue.held':
      if (view.held) return 'the queue is held already'
      return queues.isEmpty(view.queue) ? 'the queue is empty' : null
    case 'refusal.deferred':
      if (view.undecided !== fact.turnId) return `no refusal of turn ${fact.turnId} waits for a decision`
      return refusalOf(view, fact.turnId)?.isDeferred ? 'a person decides about this refusal already' : null
    case 'budget.set':
      return null
  }
}

const notOpen = ({ open }: View, { turnId }: { readonly turnId: string }): string | null =>
  open?.id === turnId ? null : `turn ${turnId} is not open`
