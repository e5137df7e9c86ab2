// Which facts may follow a call of the last reply: its approval is requested and decided, it begins, and it is answered, each once.
// Only one that has begun may begin again.
import { callsIn } from '../calls-in-steps.ts'
import type { Fact } from '../facts.ts'
import { idLists } from '../keyed-lists.ts'
import { decisionLists, type View } from '../view.ts'

type FactOf<Type extends Fact['type']> = Extract<Fact, { type: Type }>

const callsOf = ({ open }: View) => callsIn(open?.steps ?? [])

const notWaiting = (view: View, callId: string): string | null =>
  callsOf(view).unanswered(callId) > 0 ? null : `no call ${callId} waits for a result`

/** Why a call with this id can't be asked about or begin: all calls with the id run already, or wait for somebody. */
function underWay(view: View, callId: string): string | null {
  const approvals = idLists.count(view.awaitingApproval, callId)
  const answers = idLists.count(view.awaitingAnswer, callId)
  if (approvals + answers + idLists.count(view.startedCalls, callId) < callsOf(view).last(callId)) return null
  if (approvals > 0) return `the approval of ${callId} is open already`
  return answers > 0 ? `the answer to ${callId} is open already` : `call ${callId} has begun already`
}

const decisionOn = (view: View, callId: string) => decisionLists.last(view.decisions, callId)

export const approvalObjection = (view: View, { callId }: FactOf<'approval.requested'>): string | null =>
  notWaiting(view, callId) ??
  underWay(view, callId) ??
  (decisionOn(view, callId) ? `the approval of ${callId} was decided already` : null)

export const decisionObjection = (view: View, { callId }: FactOf<'approval.decided'>): string | null =>
  idLists.has(view.awaitingApproval, callId) ? null : `no approval of ${callId} is open`

export const answerObjection = (view: View, { callId }: FactOf<'answer.requested'>): string | null =>
  notWaiting(view, callId) ?? underWay(view, callId) ?? denied(view, callId)

export const startObjection = (view: View, { callId, again }: FactOf<'call.started'>): string | null =>
  notWaiting(view, callId) ?? (again ? notBegun(view, callId) : underWay(view, callId)) ?? denied(view, callId)

const notBegun = (view: View, callId: string): string | null =>
  idLists.has(view.startedCalls, callId) ? null : `call ${callId} has not begun before`

const denied = (view: View, callId: string): string | null =>
  decisionOn(view, callId)?.approved === false ? `call ${callId} was denied` : null

export function resultsObjection(view: View, { results }: FactOf<'toolResults.recorded'>): string | null {
  const calls = callsOf(view)
  const given = new Map<string, number>()
  for (const { tool_use_id: callId } of results) {
    if (typeof callId !== 'string') return 'a result does not say which call it answers'
    given.set(callId, (given.get(callId) ?? 0) + 1)
  }
  // A seeded history may answer calls late or twice. Requests repair that.
  const open = (callId: string) => (view.open?.kind === 'seed' ? calls.all(callId) : calls.unanswered(callId))
  for (const [callId, count] of given) if (open(callId) < count) return `no call ${callId} waits for a result`
  return null
}
