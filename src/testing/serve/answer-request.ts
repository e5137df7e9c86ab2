import { TurnstateError } from '../../errors.ts'
import type { ApiFailure } from '../api/api-errors.ts'
import { checkKey, checkVersion } from './authenticate.ts'
import { planAnswer } from '../plan/plan-answer.ts'
import type { PlannedReply } from '../script/planned-reply.ts'
import type { RequestBody } from './read-body.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { DefaultStep, ReplyStep } from '../script/script.ts'
import type { Exchange } from './send-answer.ts'
import { answerScriptProblem, failWith, invalid, loud, sendScriptedError, unrepeated } from './send-failure.ts'
import { type RequestWithBody, sendReply } from './send-reply.ts'
import type { SimulatorOptions } from '../plan/simulator-options.ts'
import type { SimulatorState } from '../plan/simulator-state.ts'
import { validateRequest } from '../rules/validate-request.ts'

const hasBody = (request: RecordedRequest): request is RequestWithBody => request.body !== undefined

/** What is wrong before the body is looked at closely: route, size, key, version, JSON. */
const checkEnvelope = (
  request: RecordedRequest,
  body: RequestBody,
  options: SimulatorOptions,
): ApiFailure | undefined => {
  if (request.path.split('?')[0] !== '/v1/messages') return invalid('Not Found', 404)
  if (request.method !== 'POST') return invalid('Method Not Allowed', 405)
  const denied = checkKey(request.headers, options.apiKeys)
  if (denied) return denied
  if (body.tooLarge) return invalid('Request exceeds the maximum allowed number of bytes.', 413)
  if (body.overloaded) return invalid('Overloaded', 529)
  return checkVersion(request.headers)
}

/** The reply to a request, or what is wrong with the step that was to give it. */
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
 * Answers one request. Validation comes first, then the script, then the test string, then the default answer: a
 * request that the API would not take never uses up a step.
 */
export const answerRequest = async (state: SimulatorState, exchange: Exchange, body: RequestBody): Promise<void> => {
  const { request } = exchange.record
  const refused = checkEnvelope(request, body, state.options)
  if (refused) {
    await failWith(exchange, refused, refused.status === 405 ? { allow: 'POST' } : {})
    return
  }
  if (!hasBody(request)) {
    await failWith(exchange, invalid('The request body is not valid JSON: it must be an object'))
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
  const struck = await answerValid(state, exchange, request)
  if (!struck)
    state.script.report(
      'script-invalid',
      `A fault of request ${request.index + 1} never struck: dropAtByte or resetAtByte lies beyond the end of the body.`,
    )
}
