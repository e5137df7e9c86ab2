import { stopReasons } from '../api/stop-reasons.ts'
import type { CreditOffer } from '../memory/credit-desk.ts'
import type { JsonObject } from '../api/json.ts'
import { anyContext, type BlockContext, planBlocks } from './plan-blocks.ts'
import { assembleBlock } from '../reply/deltas.ts'
import { countDeltas, cutAfter, plainReply, type PlannedBlock, type PlannedReply } from '../reply/planned-reply.ts'
import type { ReplyStep, ScriptedRefusal } from '../script/script.ts'

/** The credit that a refusal offers, given what was said before it; undefined for a request without a beta header for it. */
export type OfferCredit = (
  refusal: Pick<ScriptedRefusal, 'creditToken' | 'hasPrefillClaim' | 'continuationOnly'>,
  said: readonly JsonObject[],
) => CreditOffer | undefined

/** `stop_details` of a refusal. */
export const refusalDetails = (
  refusal: Pick<ScriptedRefusal, 'category' | 'explanation' | 'recommendedModel'>,
  offer: CreditOffer | undefined,
): JsonObject => ({
  type: 'refusal',
  category: refusal.category ?? null,
  explanation: refusal.explanation ?? null,
  ...(offer && {
    fallback_credit_token: offer.token,
    fallback_has_prefill_claim: offer.prefill,
    recommended_model: refusal.recommendedModel ?? null,
  }),
})

/** The blocks, or parts of them, that are sent before the refusal. */
const blocksBefore = (
  refusal: Pick<ScriptedRefusal, 'at'> | undefined,
  blocks: readonly PlannedBlock[],
): readonly PlannedBlock[] => {
  if (refusal === undefined || refusal.at === 'after') return blocks
  return refusal.at === 'before' ? [] : cutAfter(blocks, refusal.at.afterDeltas)
}

/** The number of deltas that a step sends, including those of its fallbacks. */
export const deltasOf = (step: ReplyStep): number => {
  if (step.wholeInStart === true) return 0
  const own = countDeltas(blocksBefore(step.refusal, planBlocks(step.content, anyContext(step.content.length))))
  return (step.refusal?.fallbacks ?? []).reduce((sum, hop) => sum + deltasOf(hop), own)
}

const stopReasonOf = (step: ReplyStep): string | null => {
  if (step.stopReason !== undefined) return step.stopReason
  if (step.stopSequence !== undefined) return stopReasons.stopSequence
  if (step.content.length > 0 && step.content.every(({ type }) => type === 'compaction')) return stopReasons.compaction
  return step.content.some(({ type }) => type === 'tool_use') ? stopReasons.toolUse : stopReasons.endTurn
}

/** The reply of a checked step. */
export const planStep = (step: ReplyStep, context: BlockContext, offer: OfferCredit): PlannedReply => {
  const model = step.model ?? context.model
  const blocks = planBlocks(step.content, { ...context, model })
  const sent = blocksBefore(step.refusal, blocks)
  const base: PlannedReply = {
    ...plainReply(model, sent),
    usage: step.usage ?? {},
    ...(step.wholeInStart === true && { wholeInStart: true }),
    ...(step.indexes && { indexes: step.indexes }),
    container: step.container ?? null,
    startFields: step.startFields ?? {},
    deltaFields: step.deltaFields ?? {},
  }
  const { refusal } = step
  if (refusal === undefined) return { ...base, stopReason: stopReasonOf(step), stopSequence: step.stopSequence ?? null }
  const last = sent.at(-1)
  const cut = last !== undefined && last.deltas.length < (blocks[sent.length - 1]?.deltas.length ?? 0)
  return {
    ...base,
    openBlock: refusal.openBlock === true,
    refusedInTool: last?.start['type'] === 'tool_use' && (cut || refusal.openBlock === true),
    category: refusal.category ?? null,
    stopReason: stopReasons.refusal,
    stopDetails: refusal.omitDetails === true ? null : refusalDetails(refusal, offer(refusal, sent.map(assembleBlock))),
  }
}
