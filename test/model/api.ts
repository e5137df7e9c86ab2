// The simulator without its server: the same rules, the same replies, event by event, in this process.
import type { MessageRequest, SourceEvent } from '../../src/index.ts'
import { paramsFor } from '../../src/claude/request-params.ts'
import { toSourceEvent } from '../../src/claude/wire-to-events.ts'
import { createCreditDesk } from '../../src/testing/memory/credit-desk.ts'
import { createIds } from '../../src/testing/api/ids.ts'
import type { ReplyStep } from '../../src/testing/index.ts'
import { rulesOf } from '../../src/testing/api/models.ts'
import { planAnswer } from '../../src/testing/plan/plan-answer.ts'
import { recordRequest } from '../../src/testing/api/recorded-request.ts'
import { createScriptReader } from '../../src/testing/plan/script-reader.ts'
import { createServedTurns } from '../../src/testing/memory/served-turns.ts'
import { createSignatures } from '../../src/testing/memory/thinking-signatures.ts'
import type { SimulatorState } from '../../src/testing/plan/simulator-state.ts'
import { estimateInput, requestedService } from '../../src/testing/reply/usage.ts'
import { validateRequest } from '../../src/testing/rules/validate-request.ts'
import { strictVersion } from '../../src/testing/rules/rule.ts'
import { replyEvents } from '../../src/testing/reply/wire-events.ts'

type Body = Readonly<Record<string, unknown>>

/** A request as the API receives it. */
export interface SentRequest {
  readonly body: Body
  readonly betas: readonly string[]
}

export const asSent = (request: MessageRequest): SentRequest => {
  const body: Body = JSON.parse(JSON.stringify(paramsFor(request)))
  const { betas = [] } = request.fields
  return { body, betas: [...new Set([...(betas as readonly string[]), ...request.betas])] }
}

interface Answer {
  readonly events: readonly SourceEvent[]
  readonly remember: () => void
}

export function createApi(now: () => number) {
  const state: SimulatorState = {
    options: {},
    rulesOf: (model) => rulesOf(model),
    credit: createCreditDesk(now, (model) => rulesOf(model)),
    ids: createIds(),
    script: createScriptReader(undefined, 'answer'),
    signatures: createSignatures(),
    served: createServedTurns(),
  }
  let count = 0
  return {
    /** The error message of the API; `null` when it would answer. */
    objection({ body, betas }: SentRequest): string | null {
      const { rulesOf: rules, signatures, served, credit } = state
      const request = { body, betas, version: strictVersion, rulesOf: rules, signatures, served, credit }
      return validateRequest(request)?.message ?? null
    },
    /** The events of a reply to a request, and how to say that it was given whole. */
    answer({ body, betas }: SentRequest, step: ReplyStep): Answer {
      const text = JSON.stringify(body)
      const { request } = recordRequest({
        index: count++,
        method: 'POST',
        path: '/v1/messages',
        headers: { 'anthropic-beta': betas.join(',') },
        body,
        text,
        bytes: text.length,
        requestId: state.ids.request(),
      })
      const planned = planAnswer(state, { ...request, body }, step)
      const reply = {
        ...planned,
        id: state.ids.message(),
        inputTokens: estimateInput(body),
        service: requestedService(body),
      }
      const events = [...replyEvents(reply)].map(toSourceEvent)
      return { events, remember: () => state.served.remember(reply) }
    },
  }
}

export type Api = ReturnType<typeof createApi>
