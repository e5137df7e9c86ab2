import { type ApiFailure, defaultMessageOf, errorBody, errorTypeOf, statusOf } from './api-errors.ts'
import { checkKey, checkVersion } from './authenticate.ts'
import { jsonHeaders, streamHeaders } from './answer-headers.ts'
import { chooseReply } from './choose-reply.ts'
import { faultOutOfReach } from './check-faults.ts'
import { faultyStream } from './faulty-stream.ts'
import type { Ids } from './ids.ts'
import type { JsonObject } from './json.ts'
import { rulesOf } from './models.ts'
import { planStep } from './plan-script.ts'
import { countDeltas, type PlannedReply } from './planned-reply.ts'
import type { RequestBody } from './read-body.ts'
import type { RecordedRequest } from './recorded-request.ts'
import type { HttpErrorStep, ReplyStep } from './script.ts'
import type { ScriptFaults } from './script-faults.ts'
import type { ScriptReader } from './script-reader.ts'
import { type Exchange, sendStream, sendWhole } from './send-answer.ts'
import type { ServedTurns } from './served-turns.ts'
import type { Signatures } from './signatures.ts'
import type { SimulatorOptions } from './simulator-options.ts'
import { estimateInput } from './usage.ts'
import { validateRequest } from './validate-request.ts'
import { type AddressedReply, replyEvents, wholeMessage } from './wire-events.ts'

/** What the exchanges of one simulator share. */
export interface SimulatorState {
  readonly options: SimulatorOptions
  readonly ids: Ids
  readonly script: ScriptReader
  readonly signatures: Signatures
  readonly served: ServedTurns
}

type RequestWithBody = RecordedRequest & { readonly body: JsonObject }

const hasBody = (request: RecordedRequest): request is RequestWithBody => request.body !== undefined

const invalid = (message: string, status = 400): ApiFailure => ({ status, type: errorTypeOf(status), message })

const failWith = async (
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
  return checkVersion(request.headers)
}

const sendScriptedError = async (exchange: Exchange, { httpError, faults = {} }: HttpErrorStep): Promise<boolean> => {
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

/** Faults that only a stream can have, among those given. */
const streamOnly = (faults: ScriptFaults): string | undefined =>
  (['stallAfterDeltas', 'truncateAfterDeltas', 'truncateBeforeStop', 'malformedAfterDeltas'] as const).find(
    (name) => faults[name] !== undefined && faults[name] !== false,
  )

const loud = (message: string): ApiFailure => invalid(`turnstate simulator: ${message}`, 500)
const unrepeated = { 'x-should-retry': 'false' }

/** Tells the client, and whoever closes the simulator. */
const answerScriptProblem = (state: SimulatorState, exchange: Exchange, message: string): Promise<boolean> => {
  state.script.report('script-invalid', message)
  return failWith(exchange, loud(message), unrepeated)
}

const sendReply = async (
  state: SimulatorState,
  exchange: Exchange,
  request: RequestWithBody,
  planned: PlannedReply,
  step: { readonly faults?: ScriptFaults; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<boolean> => {
  const { faults = {}, headers = {} } = step
  const { requestId } = request
  const reply: AddressedReply = { ...planned, id: state.ids.message(), inputTokens: estimateInput(request.body) }
  state.served.remember(reply)
  if (request.stream && faults.answerAsJson !== true) {
    // The deltas of a default answer are known only now; those of a scripted one were counted at the start.
    const beyond = faultOutOfReach(faults, countDeltas(reply.blocks), `the faults for request ${request.index + 1}`)
    if (beyond !== undefined) return answerScriptProblem(state, exchange, beyond)
    const pingEvery = faults.pingEvery ?? state.options.pingEvery ?? 0
    const items = faultyStream(replyEvents(reply), faults, pingEvery, requestId)
    const answer = { status: 200, headers: { ...streamHeaders(requestId), ...headers } }
    return sendStream(exchange, answer, items, faults, faults.delay ?? state.options.deltaDelay ?? 0)
  }
  const misplaced = streamOnly(faults)
  if (misplaced !== undefined) {
    const message = `the fault ${misplaced} needs a streaming request, and request ${request.index + 1} asked for none.`
    return answerScriptProblem(state, exchange, message)
  }
  if (faults.midStreamError) {
    const { type = 'overloaded_error', message = defaultMessageOf(type), details } = faults.midStreamError
    return failWith(exchange, { status: statusOf(type), type, message, ...(details && { details }) }, headers, faults)
  }
  const answer = { status: 200, headers: { ...jsonHeaders(requestId), ...headers } }
  return sendWhole(exchange, answer, JSON.stringify(wholeMessage(reply)), faults)
}

const rememberSignatures = (state: SimulatorState, step: ReplyStep): void => {
  for (const block of step.content)
    if (block.type === 'thinking' && block.signature !== undefined && block.signature !== '')
      state.signatures.remember(block.signature, block.omitted === true ? '' : block.thinking)
}

const answerValid = async (state: SimulatorState, exchange: Exchange, request: RequestWithBody): Promise<boolean> => {
  const next = state.script.next(request)
  if (next.kind === 'problem') return failWith(exchange, loud(next.message), unrepeated)
  if (next.kind === 'default')
    return sendReply(state, exchange, request, chooseReply(request, state.options.refusal ?? {}, state.ids))
  exchange.record.update({ step: next.index })
  const { step } = next
  if ('httpError' in step) return sendScriptedError(exchange, step)
  if ('default' in step)
    return sendReply(state, exchange, request, chooseReply(request, state.options.refusal ?? {}, state.ids), step)
  rememberSignatures(state, step)
  const planned = planStep(step, { model: request.model ?? '', ids: state.ids }, request.betas)
  return sendReply(state, exchange, request, planned, step)
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
    version: request.headers['anthropic-version'] ?? '',
    betas: request.betas,
    rulesOf: (model) => rulesOf(model, state.options.models),
    signatures: state.signatures,
    served: state.served,
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
