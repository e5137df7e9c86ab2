// The calls of tools.
import { type ActorRefFrom, enqueueActions, sendTo } from 'xstate'
import type { Block } from '../../../src/journal/index.ts'
import { callFact, callNotice, fitResult, resultFact, startFact } from '../open-calls.ts'
import type { ConversationContext, ConversationEvent, ToolCallStatus } from '../conversation.types.ts'
import { recorded } from '../record-facts.ts'
import type { runToolsSlot } from '../default-slots.ts'
import { change } from './action-kinds.ts'

export const callActions = {
  recordCall: change<{ callId: string; needs: 'approval' | 'answer' }>((context, { callId, needs }) => {
    if (!context.view.open) return {}
    const notice = callNotice(context.view, callId)
    return recorded(
      context,
      [callFact(context, needs, callId)],
      [{ type: needs === 'approval' ? 'toolCall.approvalRequested' : 'toolCall.answerRequested', ...notice }],
    )
  }),
  /** The call runs once this is stored: whatever happens then, it is known that it may have run. */
  recordStart: change<{ callId: string; again?: true }>((context, start) =>
    context.view.open
      ? recorded(
          context,
          [startFact(context, start)],
          [{ type: 'toolCall.started', ...callNotice(context.view, start.callId) }],
          [{ type: 'call.start', callId: start.callId }],
        )
      : {},
  ),
  /** The tools learn of a decision once it is stored. */
  recordDecision: change<{ callId: string; approved: boolean; reason?: string | undefined }>(
    (context, { callId, approved, reason }) => {
      const { open } = context.view
      if (!open) return {}
      const why = reason === undefined ? {} : { reason }
      return recorded(
        context,
        [{ type: 'approval.decided', turnId: open.id, callId, approved, ...why }],
        [],
        [approved ? { type: 'call.approve', callId } : { type: 'call.deny', callId, ...why }],
      )
    },
  ),
  recordResult: change<{ callId: string; status: ToolCallStatus; result: Block }>((context, { callId, ...given }) => {
    const { input: _, ...notice } = callNotice(context.view, callId)
    const { status, result } = fitResult(context.view, given)
    return recorded(context, resultFact(context.view, callId, result), [
      { type: 'toolCall.settled', ...notice, status, result },
    ])
  }),
  /** Sends the tools what waited for this revision. */
  forwardStored: enqueueActions<
    ConversationContext,
    ConversationEvent,
    { revision: number },
    ConversationEvent,
    never,
    never,
    never,
    never,
    never
  >(({ context, enqueue }, { revision }) => {
    for (const { view, commands } of context.pending)
      if (view.revision <= revision) for (const command of commands) enqueue.sendTo('tools', command)
  }),
  forwardAnswer: sendTo<
    ConversationContext,
    ConversationEvent,
    { callId: string; result: Block },
    ActorRefFrom<typeof runToolsSlot>,
    ConversationEvent
  >('tools', (_, { callId, result }) => ({ type: 'call.answer', callId, result })),
}
