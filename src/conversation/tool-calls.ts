import { TurnstateError } from '../errors.ts'
import {
  type Block,
  largestResults,
  megabytes,
  resultBytes,
  resultsRoom,
  toolCallId,
  type View,
} from '../journal/index.ts'
import { toToolResult } from '../tools/tool-result.ts'
import type { Conversation } from './conversation-interface.ts'
import type { ConversationCore } from './core.ts'
import type { PendingCall } from './pending-calls.ts'

/** The methods that decide about tool calls and answer them. */
export class ToolAnswers implements Pick<Conversation, 'approveTool' | 'denyTool' | 'answerTool'> {
  readonly #core: ConversationCore

  constructor(core: ConversationCore) {
    this.#core = core
  }

  approveTool(callId: string): void {
    this.#ensureWaits(callId, 'approval')
    this.#core.running.actor.send({ type: 'tool.approve', callId })
  }

  denyTool(callId: string, reason?: string): void {
    if (reason !== undefined && typeof reason !== 'string')
      throw new TurnstateError('invalid-option', 'The reason of a denial must be a text.')
    this.#ensureWaits(callId, 'approval')
    this.#core.running.actor.send({ type: 'tool.deny', callId, ...(reason === undefined ? {} : { reason }) })
  }

  answerTool(callId: string, result: unknown, { isError = false }: { readonly isError?: boolean } = {}): void {
    this.#ensureWaits(callId, 'answer')
    const answer = toToolResult(callId, result, isError)
    this.#ensureFits(callId, answer)
    this.#core.running.actor.send({ type: 'tool.answer', callId, result: answer })
  }

  #ensureWaits(callId: string, needs: PendingCall['needs']): void {
    const { running } = this.#core
    running.ensureOpen()
    const waiting = needs === 'approval' ? running.view.awaitingApproval : running.view.awaitingAnswer
    if (!waiting.includes(callId)) throw notWaiting(running.view, callId, needs)
  }

  #ensureFits(callId: string, answer: Block): void {
    const [bytes, room] = [resultBytes(answer), resultsRoom(this.#core.running.view)]
    if (bytes > room)
      throw new TurnstateError(
        'tool-result-invalid',
        `The result of call ${callId} has ${megabytes(bytes)}; of the ${megabytes(largestResults)} that the results of one reply may have together, ${megabytes(room)} are left. Give less: a part, or a summary. The call still waits.`,
      )
  }
}

function notWaiting(view: View, callId: string, needs: PendingCall['needs']): TurnstateError {
  if (view.decisions.some((decision) => decision.callId === callId))
    return new TurnstateError(
      'approval-decided',
      `The call ${callId} has been approved or denied already. The first decision counts.`,
    )
  const other = needs === 'approval' ? view.awaitingAnswer : view.awaitingApproval
  if (other.includes(callId))
    return new TurnstateError(
      'call-unknown',
      needs === 'approval'
        ? `The call ${callId} waits for an answer, not for approval: use answerTool().`
        : `The call ${callId} waits for approval, not for an answer: use approveTool() or denyTool().`,
    )
  const turns = view.open ? [...view.turns, view.open] : view.turns
  const isKnown = turns.some(({ steps }) =>
    steps.some(({ content }) => content.some((block) => toolCallId(block) === callId)),
  )
  return isKnown
    ? new TurnstateError(
        'call-settled',
        `The call ${callId} is not waiting: it is running, has its result, or its turn is over. chat.pendingCalls lists the calls that wait.`,
      )
    : new TurnstateError('call-unknown', `There is no call ${callId}; chat.pendingCalls lists those that wait.`)
}
