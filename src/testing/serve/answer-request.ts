// The room serve/: HTTP. Reads and records requests, sends what was planned, and does the faults of connections and bytes.
import { TurnstateError } from '../../errors.ts'
import { invalidRequest } from '../api/api-errors.ts'
import { envelopeProblem } from './check-envelope.ts'
import { planAnswer } from '../plan/plan-answer.ts'
import type { PlannedReply } from '../reply/planned-reply.ts'
import type { RequestBody } from './read-body.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { DefaultStep, ReplyStep } from '../script/script.ts'
import type { Exchange } from './send-answer.ts'
import { answerScriptProblem, failWith, loud, sendScriptedError, unrepeated } from './send-failure.ts'
import { type RequestWithBody, sendReply } from './send-reply.ts'
import type { SimulatorState } from '../plan/simulator-state.ts'
import { validateRequest } from '../rules/validate-request.ts'

const hasBody = (request: RecordedRequest): request is RequestWithBody => request.body !== undefined

/** Sends the reply to a request, or an error if the step for it is wrong. False if a fault was never reached. */
const answerBy = async (
  state: SimulatorState,
  exchange: Exchange,
  request: RequestWithBody,
  step: ReplyStep | DefaultStep,
): Promise<boolean> => {
  let planned: PlannedReply
  try {
    planned = planAnswer(state, request, 'default' in step ? undefined : step)
  } catch (thrown) {
    if (!(thrown instanceof TurnstateError)) throw thrown
    return answerScriptProblem(state, exchange, thrown.message)
  }
  return sendReply(state, exchange, request, planned, step)
}

const answerValid = async (state: SimulatorState, exchange: Exchange, request: RequestWithBody): Promise<boolean> => {
  const next = state.script.next(request)
  if (next.kind === 'problem') return failWith(exchange, loud(next.message), unrepeated)
  if (next.kind === 'default') return answerBy(state, exchange, request, { default: true })
  exchange.record.update({ step: next.index })
  const { step } = next
  return 'httpError' in step ? sendScriptedError(exchange, step) : answerBy(state, exchange, request, step)
}

/**
 * Answers one request: validation comes first, then the script, then the test string, then the default answer. So a
 * request that the API would reject never uses up a step.
 */
export const answerRequest = async (state: SimulatorState, exchange: Exchange, body: RequestBody): Promise<void> => {
  const { request } = exchange.record
  const refused = envelopeProblem(request, body, state.options.apiKeys)
  if (refused) {
    await failWith(exchange, refused, refused.status === 405 ? { allow: 'POST' } : {})
    return
  }
  if (!hasBody(request)) {
    await failWith(exchange, invalidRequest('The request body is not valid JSON: it must be an object'))
    return
  }
  const violation = validateRequest({
    body: request.body,
    text: request.text,
    version: request.headers['anthropic-version'] ?? '',
    betas: request.betas,
    rulesOf: state.rulesOf,
    signatures: state.signatures,
    served: state.served,
    credit: state.credit,
  })
  if (violation) {
    await failWith(exchange, violation)
    return
  }
  const reached = await answerValid(state, exchange, request)
  if (!reached)
    state.script.report(
      'script-invalid',
      `A fault of request ${request.index + 1} was never reached: dropAtByte or resetAtByte is beyond the end of the body.`,
    )
}
