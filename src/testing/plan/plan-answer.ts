// The room plan/: decides what is answered to a valid request, by the script or without it, before anything is sent.
import { stopReasons } from '../api/stop-reasons.ts'
import { TurnstateError } from '../../errors.ts'
import { echoableOf } from '../memory/credit-tokens.ts'
import { bodyForFallback, fallbackChain } from '../rules/fallback-chain.ts'
import type { JsonObject } from '../api/json.ts'
import { type Attempt, planAttempt } from './plan-attempt.ts'
import { assembleBlock } from '../reply/deltas.ts'
import { type PlannedBlock, type PlannedReply } from '../reply/planned-reply.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { ReplyStep } from '../script/script.ts'
import type { SimulatorState } from './simulator-state.ts'
import { estimateInput, iteration } from '../reply/usage.ts'

interface Answered {
  readonly attempt: Attempt
  readonly reply: PlannedReply
}

/** The block where one model hands over to the next. */
const boundary = (from: Answered, to: Answered): PlannedBlock => ({
  start: {
    type: 'fallback',
    from: { model: from.attempt.model },
    to: { model: to.attempt.model },
    trigger: { type: 'refusal', category: from.reply.category ?? null },
  },
  deltas: [],
})

/**
 * Several attempts as one reply. A stream contains what was said before a refusal, and its `message_start` is that of the
 * first model that says something; a reply in one piece contains only the last attempt.
 */
const joined = (attempts: readonly [Answered, ...Answered[]], stream: boolean): PlannedReply => {
  const last = attempts.at(-1) ?? attempts[0]
  if (attempts.length === 1) return last.reply
  const first = (stream && attempts.find(({ reply }) => reply.blocks.length > 0)) || last
  const blocks = attempts.flatMap((answered, index) => {
    const before = attempts[index - 1]
    const shown = stream || answered === last ? answered.reply.blocks : []
    return before ? [boundary(before, answered), ...shown] : shown
  })
  const iterations = attempts.map(({ attempt, reply }) => ({
    ...iteration(
      reply === last.reply ? 'fallback_message' : 'message',
      estimateInput(attempt.body),
      reply.blocks,
      reply.usage,
    ),
    model: attempt.model,
  }))
  const { input_transformations: transformations } = last.reply.startFields
  return {
    ...last.reply,
    blocks,
    startModel: first.reply.model,
    startFields: first.reply.startFields,
    deltaFields: {
      ...(first !== last && transformations !== undefined && { input_transformations: transformations }),
      ...last.reply.deltaFields,
    },
    counted: last.reply.blocks,
    usage: { ...last.reply.usage, extra: { iterations, ...last.reply.usage.extra } },
  }
}

const tooManyHops = (request: RecordedRequest, scripted: number, named: number): TurnstateError =>
  new TurnstateError(
    'script-invalid',
    `The step for request ${request.index + 1} has answers for ${scripted} fallback models, but the request names ${named}.`,
  )

/**
 * The reply to a request: that of the requested model, or after a refusal those of the models in `fallbacks`, one after
 * another. Throws `script-invalid` if a step does not fit its request.
 */
export const planAnswer = (
  state: SimulatorState,
  request: RecordedRequest & { readonly body: JsonObject },
  step: ReplyStep | undefined,
): PlannedReply => {
  const { body, stream } = request
  const model = request.model ?? ''
  const rules = state.rulesOf(model)
  if (!rules) throw new TurnstateError('script-invalid', `The model ${model} is unknown.`)
  const chain = fallbackChain(body, rules)
  const scripted = step?.refusal?.fallbacks ?? []
  if (scripted.length > chain.length) throw tooManyHops(request, scripted.length, chain.length)
  const first: Attempt = { body, model, rules, said: [] }
  const attempts: [Answered, ...Answered[]] = [{ attempt: first, reply: planAttempt(state, request, first, step) }]
  for (const [index, entry] of chain.entries()) {
    const { attempt, reply } = attempts.at(-1) ?? attempts[0]
    if (reply.stopReason !== stopReasons.refusal || (stream && reply.refusedInTool === true)) break
    const hopRules = state.rulesOf(entry.model) ?? rules
    const said = stream ? [...attempt.said, ...echoableOf(reply.blocks.map(assembleBlock))] : []
    const hop = { body: bodyForFallback(body, entry, hopRules), model: entry.model, rules: hopRules, said }
    attempts.push({ attempt: hop, reply: planAttempt(state, request, hop, scripted[index]) })
  }
  return joined(attempts, stream)
}
