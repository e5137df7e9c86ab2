import { jsonHeaders, streamHeaders } from './answer-headers.ts'
import { defaultMessageOf, statusOf } from '../api/api-errors.ts'
import { faultOfStreams, faultOutOfReach } from '../script/fault-reach.ts'
import { faultyStream } from './faulty-stream.ts'
import type { JsonObject } from '../api/json.ts'
import { deltasSentOf, type PlannedReply } from '../reply/planned-reply.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { ScriptFaults } from '../script/script-faults.ts'
import { type Exchange, sendStream, sendWhole } from './send-answer.ts'
import { answerScriptProblem, failWith } from './send-failure.ts'
import type { SimulatorState } from '../plan/simulator-state.ts'
import { estimateInput, requestedService } from '../reply/usage.ts'
import { type AddressedReply, replyEvents, wholeMessage } from '../reply/wire-events.ts'

export type RequestWithBody = RecordedRequest & { readonly body: JsonObject }

/** `usage.fallback_credit`, for a request with a token. */
const creditStatus = (state: SimulatorState, request: RequestWithBody): JsonObject | undefined => {
  const { body, betas, model = '' } = request
  const rules = state.rulesOf(model)
  const outcome = rules && state.credit.redeem({ body, betas, model, rules })
  if (!outcome) return undefined
  return {
    status: outcome.type === 'redeemed' ? { type: 'redeemed' } : { type: outcome.type, reason: outcome.reason },
  }
}

/** Sends a reply as a stream or in one piece, with the faults of its step. False if a fault was never reached. */
export const sendReply = async (
  state: SimulatorState,
  exchange: Exchange,
  request: RequestWithBody,
  planned: PlannedReply,
  step: { readonly faults?: ScriptFaults; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<boolean> => {
  const { faults = {}, headers = {} } = step
  const { requestId } = request
  const reply: AddressedReply = {
    ...planned,
    id: state.ids.message(),
    inputTokens: estimateInput(request.body),
    service: requestedService(request.body),
    fallbackCredit: creditStatus(state, request),
  }
  state.served.remember(reply)
  if (request.stream && faults.answerAsJson !== true) {
    // The number of deltas of a default answer is known only now; scripted ones were counted at the start.
    const beyond = faultOutOfReach(faults, deltasSentOf(reply), `the faults for request ${request.index + 1}`)
    if (beyond !== undefined) return answerScriptProblem(state, exchange, beyond)
    const pingEvery = faults.pingEvery ?? state.options.pingEvery ?? 0
    const items = faultyStream(replyEvents(reply), faults, pingEvery, requestId)
    const answer = { status: 200, headers: { ...streamHeaders(requestId), ...headers } }
    return sendStream(exchange, answer, items, faults, faults.delay ?? state.options.deltaDelay ?? 0)
  }
  const misplaced = faultOfStreams(faults)
  if (misplaced !== undefined) {
    const message = `The fault ${misplaced} needs a stream, but request ${request.index + 1} did not ask for one.`
    return answerScriptProblem(state, exchange, message)
  }
  if (faults.midStreamError) {
    const { details } = faults.midStreamError
    const type = faults.midStreamError.type ?? 'overloaded_error'
    const message = faults.midStreamError.message ?? defaultMessageOf(type)
    return failWith(exchange, { status: statusOf(type), type, message, ...(details && { details }) }, headers, faults)
  }
  const answer = { status: 200, headers: { ...jsonHeaders(requestId), ...headers } }
  return sendWhole(exchange, answer, JSON.stringify(wholeMessage(reply)), faults)
}
