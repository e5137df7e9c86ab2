import { jsonHeaders } from './answer-headers.ts'
import { type ApiFailure, defaultMessageOf, errorBody, errorTypeOf, invalidRequest } from '../api/api-errors.ts'
import type { HttpErrorStep } from '../script/script.ts'
import type { ScriptFaults } from '../script/script-faults.ts'
import { type Exchange, sendWhole } from './send-answer.ts'
import type { SimulatorState } from '../plan/simulator-state.ts'

/** Answers with an error and records its message. */
export const failWith = async (
  exchange: Exchange,
  failure: ApiFailure,
  headers: Readonly<Record<string, string>> = {},
  faults: ScriptFaults = {},
): Promise<boolean> => {
  const { requestId } = exchange.record.request
  exchange.record.update({ problem: failure.message })
  const answer = { status: failure.status, headers: { ...jsonHeaders(requestId), ...headers } }
  return sendWhole(exchange, answer, JSON.stringify(errorBody(failure, requestId)), faults)
}

/** The error that a script asks for. */
export const sendScriptedError = async (
  exchange: Exchange,
  { httpError, faults = {} }: HttpErrorStep,
): Promise<boolean> => {
  const type = httpError.type ?? errorTypeOf(httpError.status)
  const headers = {
    ...(httpError.retryAfter !== undefined && { 'retry-after': String(httpError.retryAfter) }),
    ...(httpError.shouldRetry !== undefined && { 'x-should-retry': String(httpError.shouldRetry) }),
    ...httpError.headers,
  }
  if (httpError.body !== undefined) {
    const answer = { status: httpError.status, headers: { 'content-type': 'text/html', ...headers } }
    return sendWhole(exchange, answer, httpError.body, faults)
  }
  const failure = { status: httpError.status, type, message: httpError.message ?? defaultMessageOf(type) }
  return failWith(exchange, httpError.details ? { ...failure, details: httpError.details } : failure, headers, faults)
}

export const loud = (message: string): ApiFailure => invalidRequest(`turnstate simulator: ${message}`, 500)
export const unrepeated = { 'x-should-retry': 'false' }

/** Answers with a 500 and makes `close` reject. */
export const answerScriptProblem = (state: SimulatorState, exchange: Exchange, message: string): Promise<boolean> => {
  state.script.report('script-invalid', message)
  return failWith(exchange, loud(message), unrepeated)
}
