import { unansweredCalls } from '../unanswered-calls.ts'
import { hasText } from '../content.ts'
import type { TurnSettled } from '../facts.ts'
import type { Turn, View } from '../view.ts'
import { asksForTools, isPause } from '../stop-reasons.ts'

/** Why a reply can't be the turn's next step; `null` if it can. */
export function replyObjection({ open }: View): string | null {
  const last = open?.steps.at(-1)
  // A seeded history may have several replies in a row.
  const isDone = open?.kind !== 'seed' && last?.role === 'assistant' && !isPause(last.stopReason)
  return isDone ? 'the turn has its reply already' : null
}

/** Why the open turn can't end in this way; `null` if it can. */
export function settlingObjection(view: View, fact: TurnSettled): string | null {
  const { open } = view
  if (!open) return null
  const { status, kept } = fact
  if (status === 'refused') {
    if (kept) return 'a refused turn is never kept'
    return fact.refusal ? null : 'a refused turn says what refused it'
  }
  if (fact.refusal) return `a turn that is ${status} can't have a refusal`
  if (status === 'completed') return kept ? completionObjection(view, open) : 'a completed turn is always kept'
  if (status === 'failed' && !fact.failure) return 'a failed turn says why it failed'
  const isEmpty = open.steps.length === 0 && open.ran.length === 0
  return kept && isEmpty && open.kind !== 'seed' ? 'nothing is there of it that could be kept' : null
}

function completionObjection(view: View, { kind, steps }: Turn): string | null {
  // A seeded history may end with a user's message.
  if (kind === 'seed') return null
  const reply = steps.findLast((step) => step.role === 'assistant')
  if (!reply || reply.stopReason === null) return 'no reply ends it'
  if (asksForTools(reply.stopReason)) {
    if (unansweredCalls(view).length > 0) return 'calls of its last reply wait for results'
    if (steps.at(-1) !== reply) return 'the results of its last calls were not sent'
  }
  const standsForAll = reply.content.some(({ type }) => type === 'compaction') || hasText(reply.content)
  return kind === 'compaction' && !standsForAll ? 'it holds nothing that could stand for what came before' : null
}
