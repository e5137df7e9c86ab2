// The tool calls of the open turn that have no result yet, with their states; and results for them.
import {
  type Block,
  type Fact,
  isCut,
  largestResults,
  megabytes,
  resultBytes,
  resultsRoom,
  toolCallId,
  unansweredCalls,
  type View,
} from '../../src/journal/index.ts'
import type { OpenCall, ToolCallStatus } from './conversation.types.ts'

/** Number of replies of the open turn so far. */
export const replyCount = (view: View): number =>
  view.open?.steps.filter((step) => step.role === 'assistant').length ?? 0

export const isUnanswered = (view: View, callId: string): boolean =>
  unansweredCalls(view).some((call) => toolCallId(call) === callId)

export const isAwaitingPeople = (view: Pick<View, 'awaitingApproval' | 'awaitingAnswer'>): boolean =>
  view.awaitingApproval.length > 0 || view.awaitingAnswer.length > 0

/** The input of the `runTools` slot. In a conversation that was loaded, calls may be in any state. */
export const openCalls = (view: View): readonly OpenCall[] =>
  unansweredCalls(view).map((call) => {
    const callId = toolCallId(call) ?? ''
    const { name, input, toolset_name: toolset } = call
    return {
      callId,
      name: String(name),
      ...(typeof toolset === 'string' ? { toolset } : {}),
      input,
      ...stateOf(view, callId),
    }
  })

/** A call starts only once that is stored, so one without `call.started` has not run. */
function stateOf(view: View, callId: string): Pick<OpenCall, 'state' | 'reason'> {
  if (view.startedCalls.includes(callId)) return { state: 'interrupted' }
  if (view.awaitingApproval.includes(callId)) return { state: 'awaitingApproval' }
  if (view.awaitingAnswer.includes(callId)) return { state: 'awaitingAnswer' }
  const decision = view.decisions.find((each) => each.callId === callId)
  if (!decision) return { state: 'new' }
  const { approved, reason } = decision
  return approved ? { state: 'approved' } : { state: 'denied', ...(reason === undefined ? {} : { reason }) }
}

const factTypes = { approval: 'approval.requested', answer: 'answer.requested' } as const

/** The fact that a call waits for people. */
export const callFact = ({ view }: { readonly view: View }, what: keyof typeof factTypes, callId: string): Fact => ({
  type: factTypes[what],
  turnId: view.open?.id ?? '',
  callId,
})

/** The fact that a call begins to run. */
export const startFact = (
  { view }: { readonly view: View },
  { callId, again }: { readonly callId: string; readonly again?: true },
): Fact => ({ type: 'call.started', turnId: view.open?.id ?? '', callId, ...(again ? { again } : {}) })

/** The fields of events about a call. */
export function callNotice(view: View, callId: string) {
  const call = view.open?.steps
    .findLast((step) => step.role === 'assistant')
    ?.content.find((block) => toolCallId(block) === callId)
  return {
    turnId: view.open?.id ?? '',
    callId,
    name: typeof call?.['name'] === 'string' ? call['name'] : '',
    input: call?.['input'],
  }
}

/** The result, in events, of a call that its turn did not wait for. */
export const cancelledResult = (callId: string): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: 'The turn ended before this call did.',
})

/** The result of a call that is not run: only `stop_reason: "tool_use"` asks for that. */
export const notRunResult = (callId: string, stopReason: string | null): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: isCut(stopReason)
    ? 'This call was not run: the reply was cut at its limit of tokens, so the input may not be whole.'
    : `This call was not run: the reply ended with ${JSON.stringify(stopReason)}, and only "tool_use" asks for calls to be run.`,
})

/** How a call ended. */
interface CallEnding {
  readonly status: ToolCallStatus
  readonly result: Block
}

/** The ending of a call as it is recorded. The results of one reply go back in one message, whose size is limited. */
export function fitResult(view: View, ending: CallEnding): CallEnding {
  const [bytes, room] = [resultBytes(ending.result), resultsRoom(view)]
  if (bytes <= room) return ending
  const size = Number.isFinite(bytes) ? `It has ${megabytes(bytes)}` : 'JSON can not hold it'
  return {
    status: 'failed',
    result: {
      type: 'tool_result',
      tool_use_id: ending.result['tool_use_id'],
      is_error: true,
      content: `The call ended, but its result can't be passed on. ${size}; of the ${megabytes(largestResults)} that the results of one reply may have together, ${megabytes(room)} are left. Ask for less: a part, or a summary.`,
    },
  }
}

/** The `tool_use_id` is that of this call, whatever the slot has put there. */
export const resultFact = (view: View, callId: string, result: Block): readonly Fact[] =>
  view.open
    ? [{ type: 'toolResults.recorded', turnId: view.open.id, results: [{ ...result, tool_use_id: callId }] }]
    : []
