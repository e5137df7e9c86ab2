import { stopReasons } from '../api/stop-reasons.ts'
import { unscriptedReply } from './unscripted-reply.ts'
import { creditBetas } from '../memory/credit-desk.ts'
import { isObject, isText, type JsonObject, listOf } from '../api/json.ts'
import type { ModelRules } from '../api/models.ts'
import { type OfferCredit, planStep } from './plan-step.ts'
import type { PlannedReply } from '../reply/planned-reply.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { ReplyStep } from '../script/script.ts'
import type { SimulatorState } from './simulator-state.ts'
import { bindThinking, readConversation } from '../rules/bound-thinking.ts'
import { estimateInput, iteration } from '../reply/usage.ts'
import { asksForCompaction } from '../api/request-fields.ts'
import { bindingBeta } from '../rules/thinking-field.ts'
import { openServerCalls, runsInContainer } from '../rules/server-tools.ts'

/** One model's attempt at a request: the requested model, or a fallback model after it. */
export interface Attempt {
  readonly body: JsonObject
  readonly model: string
  readonly rules: ModelRules
  /** What earlier attempts said, as far as the client keeps it. */
  readonly said: readonly JsonObject[]
}

/** Remembers the model of thinking whose data or signature comes from a script, and so does not contain it. */
const rememberThinking = ({ signatures }: SimulatorState, { content }: ReplyStep, model: string): void => {
  for (const block of content) {
    if (block.type === 'redacted_thinking') signatures.rememberRedacted(block.data, model)
    if (block.type === 'thinking' && block.signature !== undefined && block.signature !== '')
      signatures.remember(block.signature, block.omitted === true ? '' : block.thinking, model)
  }
}

/** The conversation at the beginning of the reply. */
const withSaid = ({ body, said }: Attempt): JsonObject =>
  said.length === 0 ? body : { ...body, messages: [...listOf(body['messages']), { role: 'assistant', content: said }] }

/** Signs the reply's thinking for its place, and reports the thinking that was dropped from the request. */
const bound = (
  state: SimulatorState,
  attempt: Attempt,
  betas: readonly string[],
  reply: PlannedReply,
): PlannedReply => {
  const preserved = state.rulesOf(reply.model)?.preservedThinking ?? false
  const signs = preserved && reply.blocks.some(({ thought }) => thought)
  const reports = betas.includes(bindingBeta)
  if (!signs && !reports) return reply
  const read = readConversation(withSaid(attempt), reply.model, state.signatures, preserved)
  const transformations = read.dropped.map(({ place, reason }) => ({ type: 'thinking_dropped', path: place, reason }))
  return {
    ...reply,
    ...(signs && { blocks: bindThinking(reply.blocks, reply.model, read) }),
    ...(reports && { startFields: { input_transformations: transformations, ...reply.startFields } }),
  }
}

/** A compaction is an iteration of its own, which the totals do not include. */
const counted = (attempt: Attempt, reply: PlannedReply): PlannedReply => {
  if (!asksForCompaction(attempt.body) || reply.stopReason !== stopReasons.compaction) return reply
  const { extra, ...usage } = reply.usage
  const iterations = [iteration('compaction', estimateInput(attempt.body), reply.blocks, usage)]
  return { ...reply, usage: { inputTokens: 0, outputTokens: 0, extra: { iterations, ...extra } } }
}

const fiveMinutes = 300_000

/**
 * Names the container of code that is still running: the requested one, or a new one. The next request has to name it,
 * too.
 */
const contained = ({ ids, options }: SimulatorState, { body }: Attempt, reply: PlannedReply): PlannedReply => {
  const blocks = reply.blocks.map(({ start }) => start)
  const answered = new Set(blocks.map((block) => block['tool_use_id']))
  const runs = blocks.some((block) => runsInContainer(block) && !answered.has(block['id']))
  if (!runs || reply.container !== null) return reply
  const { container } = body
  const named = isObject(container) ? container['id'] : container
  const expires = new Date((options.now ?? Date.now)() + fiveMinutes)
  return { ...reply, container: { id: isText(named) ? named : ids.container(), expires_at: expires.toISOString() } }
}

/** The reply of a model: that of its step, or the simulator's own. */
export const planAttempt = (
  state: SimulatorState,
  request: RecordedRequest,
  attempt: Attempt,
  step: ReplyStep | undefined,
): PlannedReply => {
  const { body, model, rules, said } = attempt
  const { betas } = request
  // A client retries the request as it sent it, not as a fallback model got it.
  const refused = { body: request.body ?? body, betas, model, rules }
  const offer: OfferCredit = (refusal, now) =>
    betas.some((name) => creditBetas.includes(name))
      ? state.credit.offer(refusal, refused, [...said, ...now])
      : undefined
  if (step) rememberThinking(state, step, step.model ?? model)
  const reply = step
    ? planStep(step, { model, ids: state.ids, openCalls: openServerCalls(body) }, offer)
    : unscriptedReply(request, attempt, state.options.refusal ?? {}, state.ids, offer)
  return counted(attempt, contained(state, attempt, bound(state, attempt, betas, reply)))
}
