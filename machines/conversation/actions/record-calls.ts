// The calls of tools.
import { type ActorRefFrom, sendTo } from 'xstate'
import type { Block } from '../../../src/journal/index.ts'
import { callFact, callNotice, fitResult, resultFact } from '../open-calls.ts'
import { conversationSetup } from '../conversation.setup.ts'
import type { ConversationContext, ConversationEvent, ToolCallStatus } from '../conversation.types.ts'
import { recorded } from '../record-facts.ts'
import type { runToolsSlot } from '../default-slots.ts'
import { change, record } from './action-kinds.ts'

export const callActions = {
  recordCall: change<{ callId: string; needs: 'approval' | 'answer' }>((context, { callId, needs }) => {
    if (!context.view.open) return {}
    const notice = callNotice(context.view, callId)
    return recorded(context, [callFact(context, needs, callId)], {
      type: needs === 'approval' ? 'toolCall.approvalRequested' : 'toolCall.answerRequested',
      ...notice,
    })
  }),
  recordStart: record<{ callId: string }>((context, { callId }) =>
    context.view.open ? [callFact(context, 'started', callId)] : [],
  ),
  recordDecision: record<{ callId: string; approved: boolean; reason?: string | undefined }>(
    ({ view }, { callId, approved, reason }) =>
      view.open
        ? [
            {
              type: 'approval.decided',
              turnId: view.open.id,
              callId,
              approved,
              ...(reason === undefined ? {} : { reason }),
            },
          ]
        : [],
  ),
  recordResult: change<{ callId: string; status: ToolCallStatus; result: Block }>((context, { callId, ...given }) => {
    const { input: _, ...notice } = callNotice(context.view, callId)
    const { status, result } = fitResult(context.view, given)
    return recorded(context, resultFact(context.view, callId, result), {
      type: 'toolCall.settled',
      ...notice,
      status,
      result,
    })
  }),
  /** Forwards the decisions of people to the tools, once they are stored. The tools ignore those that they have. */
  forwardDecisions: conversationSetup.enqueueActions(({ context, enqueue }) => {
    if (context.unsaved.length > 0) return
    for (const { callId, approved, reason } of context.view.decisions)
      enqueue.sendTo(
        'tools',
        approved
          ? { type: 'call.approve', callId }
          : { type: 'call.deny', callId, ...(reason === undefined ? {} : { reason }) },
      )
  }),
  forwardAnswer: sendTo<
    ConversationContext,
    ConversationEvent,
    { callId: string; result: Block },
    ActorRefFrom<typeof runToolsSlot>,
    ConversationEvent
  >('tools', (_, { callId, result }) => ({ type: 'call.answer', callId, result })),
}
