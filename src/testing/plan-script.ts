import type { JsonObject } from './json.ts'
import { type BlockContext, planBlock } from './plan-blocks.ts'
import { countDeltas, cutAfter, plainReply, type PlannedBlock, type PlannedReply } from './planned-reply.ts'
import type { ReplyStep, ScriptedRefusal } from './script.ts'

const creditBetas: readonly string[] = [
  'fallback-credit-2026-07-01',
  'fallback-credit-2026-06-01',
  'server-side-fallback-2026-07-01',
]

/** `stop_details` of a refusal. The credit fields are there only for a request whose beta header grants them. */
export const refusalDetails = (refusal: Omit<ScriptedRefusal, 'at'>, betas: readonly string[]): JsonObject | null => {
  if (refusal.omitDetails === true) return null
  const token = refusal.creditToken ?? null
  return {
    type: 'refusal',
    category: refusal.category ?? null,
    explanation: refusal.explanation ?? null,
    ...(betas.some((name) => creditBetas.includes(name)) && {
      fallback_credit_token: token,
      fallback_has_prefill_claim: refusal.hasPrefillClaim ?? (token === null ? null : false),
      recommended_model: refusal.recommendedModel ?? null,
    }),
  }
}

/** The blocks of which something is sent before the refusal. */
const blocksBefore = (
  refusal: Pick<ScriptedRefusal, 'at'> | undefined,
  blocks: readonly PlannedBlock[],
): readonly PlannedBlock[] => {
  if (refusal === undefined || refusal.at === 'after') return blocks
  return refusal.at === 'before' ? [] : cutAfter(blocks, refusal.at.afterDeltas)
}

/** How many deltas a step sends: what its faults can count on. */
export const deltasOf = (step: ReplyStep): number => {
  const context: BlockContext = { model: '', ids: { toolUse: () => '' } }
  return countDeltas(
    blocksBefore(
      step.refusal,
      step.content.map((block) => planBlock(block, context)),
    ),
  )
}

const stopReasonOf = (step: ReplyStep): string | null => {
  if (step.stopReason !== undefined) return step.stopReason
  if (step.stopSequence !== undefined) return 'stop_sequence'
  return step.content.some(({ type }) => type === 'tool_use') ? 'tool_use' : 'end_turn'
}

/** A checked step, as the reply it stands for. */
export const planStep = (step: ReplyStep, context: BlockContext, betas: readonly string[]): PlannedReply => {
  const model = step.model ?? context.model
  const blocks = step.content.map((block) => planBlock(block, { ...context, model }))
  const base: PlannedReply = {
    ...plainReply(model, blocksBefore(step.refusal, blocks)),
    usage: step.usage ?? {},
    container: step.container ?? null,
    startFields: step.startFields ?? {},
    deltaFields: step.deltaFields ?? {},
  }
  if (step.refusal === undefined)
    return { ...base, stopReason: stopReasonOf(step), stopSequence: step.stopSequence ?? null }
  return {
    ...base,
    openBlock: step.refusal.openBlock === true,
    stopReason: 'refusal',
    stopDetails: refusalDetails(step.refusal, betas),
  }
}
