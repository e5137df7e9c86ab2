import { toolCallId, type View } from '../journal/index.ts'

/** A tool call that waits for a person, or for the app. */
export interface PendingCall {
  readonly turnId: string
  readonly callId: string
  readonly name: string
  readonly input: unknown
  readonly needs: 'approval' | 'answer'
}

/** The calls of the open turn that wait for a person or for the app. */
export function pendingCalls(view: View): readonly PendingCall[] {
  const { open, awaitingApproval, awaitingAnswer } = view
  if (!open || awaitingApproval.length + awaitingAnswer.length === 0) return []
  const reply = open.steps.findLast(({ role }) => role === 'assistant')
  return (reply?.content ?? []).flatMap((block): PendingCall[] => {
    const callId = toolCallId(block) ?? ''
    const needs = awaitingApproval.includes(callId) ? 'approval' : awaitingAnswer.includes(callId) ? 'answer' : null
    return needs === null
      ? []
      : [{ turnId: open.id, callId, name: String(block['name']), input: block['input'], needs }]
  })
}
