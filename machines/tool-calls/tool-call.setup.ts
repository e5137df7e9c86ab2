// What the chart of one call is made of: types, actor slots, actions, guards and delays.
import { enqueueActions, setup } from 'xstate'
import type { Block } from '../../src/journal/index.ts'
import type { OpenCall, ToolCallStatus } from './run-tools.types.ts'
import { denial, errorResult } from './results.ts'
import { learnNeedsSlot, runToolSlot } from './default-slots.ts'
import type { ToolCallEvent, ToolCallInput, ToolCallReport } from './tool-calls.types.ts'

/** An action that reports to the parent. Without a parent, as in a pure transition, it reports to itself, which does nothing. */
const report = <Params extends object | undefined = undefined>(
  of: (context: ToolCallInput, params: Params) => ToolCallReport,
) =>
  enqueueActions<ToolCallInput, ToolCallEvent, Params, ToolCallEvent, never, never, never, never, never>(
    ({ context, enqueue, self }, params) => enqueue.sendTo(self._parent ?? self, of(context, params)),
  )

export const toolCallSetup = setup({
  types: {
    context: {} as ToolCallInput,
    events: {} as ToolCallEvent,
    input: {} as ToolCallInput,
    children: {} as { needs: 'learnNeeds'; run: 'runTool' },
  },
  actors: { learnNeeds: learnNeedsSlot, runTool: runToolSlot },
  actions: {
    wantPlace: report(({ index }) => ({ type: 'place.wanted', index })),
    wantStart: report(({ index }) => ({ type: 'start.wanted', index })),
    wantApproval: report(({ index }) => ({ type: 'approval.wanted', index })),
    wantAnswer: report(({ index }) => ({ type: 'answer.wanted', index })),
    end: report<{ status: ToolCallStatus; result: Block }>(({ index }, { status, result }) => ({
      type: 'call.ended',
      index,
      status,
      result,
    })),
    endDenied: report(({ index, call: { callId, reason } }) => ({
      type: 'call.ended',
      index,
      status: 'denied',
      result: errorResult(callId, denial(reason)),
    })),
    endWithError: report<{ status: ToolCallStatus; text: string }>(({ index, call }, { status, text }) => ({
      type: 'call.ended',
      index,
      status,
      result: errorResult(call.callId, text),
    })),
  },
  guards: {
    isRepeated: ({ context }) => context.isRepeated,
    cameAs: ({ context }, params: { state: OpenCall['state'] }) => context.call.state === params.state,
  },
  delays: {
    /** How long a call may run, in milliseconds. Waiting for a person has no limit. */
    runTimeout: 300_000,
  },
})
