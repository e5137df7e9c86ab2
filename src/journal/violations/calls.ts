// What may follow upon a call of the last reply: it is asked about, decided, begun and answered, each once.
import { unansweredCalls } from '../calls.ts'
import { toolCallId } from '../content.ts'
import type { Fact } from '../facts.ts'
import type { View } from '../view.ts'

type FactOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>

const count = (ids: readonly (string | undefined)[], callId: string): number => ids.filter((id) => id === callId).length

/** Calls of this id that nobody has answered: a model may give two calls one id. */
const openCalls = (view: View, callId: string): number => count(unansweredCalls(view).map(toolCallId), callId)

const notWaiting = (view: View, callId: string): string | null =>
  openCalls(view, callId) > 0 ? null : `no call ${callId} waits for a result`

/** Each call of this id runs, or somebody is asked about it. */
function underWay(view: View, callId: string): string | null {
  const approvals = count(view.awaitingApproval, callId)
  const answers = count(view.awaitingAnswer, callId)
  if (approvals + answers + count(view.startedCalls, callId) < callsOf(view, callId)) return null
  if (approvals > 0) return `the approval of ${callId} is open already`
  return answers > 0 ? `the answer to ${callId} is open already` : `call ${callId} has begun already`
}

/** Calls of this id in the last reply. */
function callsOf({ open }: View, callId: string): number {
  const reply = open?.steps.findLast((step) => step.role === 'assistant')
  return count(reply?.content.map(toolCallId) ?? [], callId)
}

const decisionOn = (view: View, callId: string) => view.decisions.findLast((decision) => decision.callId === callId)

export const approvalObjection = (view: View, { callId }: FactOf<'approval.requested'>): string | null =>
  notWaiting(view, callId) ??
  underWay(view, callId) ??
  (decisionOn(view, callId) ? `the approval of ${callId} was decided already` : null)

export const decisionObjection = (view: View, { callId }: FactOf<'approval.decided'>): string | null =>
  view.awaitingApproval.includes(callId) ? null : `no approval of ${callId} is open`

export const answerObjection = (view: View, { callId }: FactOf<'answer.requested'>): string | null =>
  notWaiting(view, callId) ?? underWay(view, callId) ?? denied(view, callId)

export const startObjection = (view: View, { callId }: FactOf<'call.started'>): string | null =>
  notWaiting(view, callId) ?? underWay(view, callId) ?? denied(view, callId)

const denied = (view: View, callId: string): string | null =>
  decisionOn(view, callId)?.approved === false ? `call ${callId} was denied` : null

export function resultsObjection(view: View, { results }: FactOf<'toolResults.recorded'>): string | null {
  const { open } = view
  // What comes from elsewhere may answer calls late, or twice; requests are mended where it does.
  const calls =
    open?.kind === 'seed'
      ? open.steps.flatMap((step) => (step.role === 'assistant' ? step.content.map(toolCallId) : []))
      : unansweredCalls(view).map(toolCallId)
  for (const { tool_use_id: callId } of results) {
    if (typeof callId !== 'string') return 'a result does not say which call it answers'
    const given = count(
      results.map((result) => String(result['tool_use_id'])),
      callId,
    )
    if (count(calls, callId) < given) return `no call ${callId} waits for a result`
  }
  return null
}
