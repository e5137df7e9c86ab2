import { createCreditDesk } from '../../memory/credit-desk.ts'
import { createIds } from '../../api/ids.ts'
import type { JsonObject } from '../../api/json.ts'
import { rulesOf } from '../../api/models.ts'
import { planAnswer } from '../../plan/plan-answer.ts'
import { recordRequest } from '../../api/recorded-request.ts'
import { createScriptReader } from '../../plan/script-reader.ts'
import type { ReplyStep } from '../../script/script.ts'
import { createServedTurns } from '../../memory/served-turns.ts'
import { createSignatures } from '../../memory/thinking-signatures.ts'
import type { SimulatorState } from '../../plan/simulator-state.ts'
import { estimateInput, requestedService } from '../../reply/usage.ts'
import type { AddressedReply } from '../../reply/wire-events.ts'

/** An HTTP request. Names of headers are in lower case. */
export interface IncomingRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

const known = (model: string) => rulesOf(model)

/** The state that the simulator's rules and replies need. */
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

/** The reply of a step to a request; without a step, the simulator's own answer. */
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
