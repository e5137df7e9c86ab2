// The tool calls of the open turn: those that have no result yet, and where they stand.
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

/** Replies of the open turn so far. */
export const replyCount = (view: View): number =>
  view.open?.steps.filter((step) => step.role === 'assistant').length ?? 0

export const isUnanswered = (view: View, callId: string): boolean =>
  unansweredCalls(view).some((call) => toolCallId(call) === callId)

export const isAwaitingPeople = (view: View): boolean =>
  view.awaitingApproval.length > 0 || view.awaitingAnswer.length > 0

/**
 * What the `runTools` slot is given. When people are being waited for already, the conversation was loaded: what does
 * not wait may have been running, and is not run again.
 */
export function openCalls(view: View): readonly OpenCall[] {
  const isLoaded = isAwaitingPeople(view)
  return unansweredCalls(view).map((call) => {
    const callId = toolCallId(call) ?? ''
    const { name, input, toolset_name: toolset } = call
    return {
      callId,
      name: String(name),
      ...(typeof toolset === 'string' ? { toolset } : {}),
      input,
      state: stateOf(view, callId, isLoaded),
    }
  })
}

function stateOf(view: View, callId: string, isLoaded: boolean): OpenCall['state'] {
  if (view.awaitingApproval.includes(callId)) return 'awaitingApproval'
  if (view.awaitingAnswer.includes(callId)) return 'awaitingAnswer'
  return isLoaded ? 'interrupted' : 'new'
}

const factTypes = { approval: 'approval.requested', answer: 'answer.requested', started: 'call.started' } as const

/** What is recorded of a call before it has a result. */
export const callFact = ({ view }: { readonly view: View }, what: keyof typeof factTypes, callId: string): Fact => ({
  type: factTypes[what],
  turnId: view.open?.id ?? '',
  callId,
})

/** What is told of a call. */
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

/** What is told of a call that its turn did not wait for. The history says the same in its own words. */
export const cancelledResult = (callId: string): Block => ({
  type: 'tool_result',
  tool_use_id: callId,
  is_error: true,
  content: 'The turn ended before this call did.',
})

/** The answer to a call that the reply did not ask to be run: only `stop_reason: "tool_use"` does. */
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

/** The ending of a call as it is kept: the results of one reply go back in one message, which has a limit. */
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

/** Whatever a slot says the result answers, it is of this call. */
export const resultFact = (view: View, callId: string, result: Block): readonly Fact[] =>
  view.open
    ? [{ type: 'toolResults.recorded', turnId: view.open.id, results: [{ ...result, tool_use_id: callId }] }]
    : []
