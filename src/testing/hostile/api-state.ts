import { createCreditDesk } from '../credit-desk.ts'
import { createIds } from '../ids.ts'
import { isObject, type JsonObject } from '../json.ts'
import { rulesOf } from '../models.ts'
import { planAnswer } from '../plan-answer.ts'
import { recordRequest } from '../recorded-request.ts'
import { createScriptReader } from '../script-reader.ts'
import type { ReplyStep } from '../script.ts'
import { createServedTurns } from '../served-turns.ts'
import { createSignatures } from '../signatures.ts'
import type { SimulatorState } from '../simulator-state.ts'
import { estimateInput, requestedService } from '../usage.ts'
import type { AddressedReply } from '../wire-events.ts'

/** A request as it came in. Names of headers are in lower case. */
export interface IncomingRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

const known = (model: string) => rulesOf(model)

/** What the simulator's own rules and replies go by. */
export const createState = (): SimulatorState => {
  return {
    options: {},
    rulesOf: known,
    credit: createCreditDesk(Date.now, known),
    ids: createIds(),
    script: createScriptReader(undefined, 'answer'),
    signatures: createSignatures(),
    served: createServedTurns(),
  }
}

/** The parsed body; undefined when it is no JSON object. */
export const bodyOf = (text: string): JsonObject | undefined => {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** The reply of a step to a request; without a step, what the simulator says by itself. */
export const addressedReply = (
  state: SimulatorState,
  index: number,
  { method, path, headers, text }: IncomingRequest,
  body: JsonObject,
  step: ReplyStep | undefined,
): AddressedReply => {
  const facts = { index, method, path, headers, body, text, bytes: text.length, requestId: '' }
  const { request } = recordRequest(facts)
  const reply = {
    ...planAnswer(state, { ...request, body }, step),
    id: state.ids.message(),
    inputTokens: estimateInput(body),
    service: requestedService(body),
  }
  state.served.remember(reply)
  return reply
}
