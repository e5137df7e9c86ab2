import { stopReasons } from '../api/stop-reasons.ts'
import { signCompaction } from '../memory/compaction-signatures.ts'
import { defaultReply, refusedOpening, summaryOf } from './default-reply.ts'
import type { Ids } from '../api/ids.ts'
import type { JsonObject } from '../api/json.ts'
import { type OfferCredit, refusalDetails } from './plan-step.ts'
import { assembleBlock } from '../reply/deltas.ts'
import { plainReply, type PlannedReply } from '../reply/planned-reply.ts'
import type { RecordedRequest } from '../api/recorded-request.ts'
import type { TestStringRefusal } from './simulator-options.ts'
import { refusalTestString } from '../api/refusal-test-string.ts'
import { asksForCompaction } from '../api/request-fields.ts'

/** Looks in the text and in the parsed body, because a client may escape any character. */
const carriesTestString = (request: RecordedRequest): boolean =>
  request.text.includes(refusalTestString) || JSON.stringify(request.body).includes(refusalTestString)

const refusedReply = (model: string, refusal: TestStringRefusal, offer: OfferCredit): PlannedReply => {
  const deltas = refusal.afterDeltas ?? 0
  const blocks = refusedOpening(deltas)
  const { hasPrefillClaim, continuationOnly } = refusal
  const credit = {
    creditToken: refusal.credit === true ? 'mint' : null,
    ...(hasPrefillClaim !== undefined && { hasPrefillClaim }),
    ...(continuationOnly !== undefined && { continuationOnly }),
  }
  return {
    ...plainReply(model, blocks),
    openBlock: deltas > 0 && refusal.openBlock === true,
    category: refusal.category ?? null,
    stopReason: stopReasons.refusal,
    stopDetails: refusalDetails(refusal, offer(credit, blocks.map(assembleBlock))),
  }
}

/** The simulator's own answer: a refusal of the test string, a compaction if one is requested, or the default answer. */
export const unscriptedReply = (
  request: RecordedRequest,
  attempt: { readonly body: JsonObject; readonly model: string },
  refusal: TestStringRefusal,
  ids: Ids,
  offer: OfferCredit,
): PlannedReply => {
  const { body, model } = attempt
  const refuses = refusal.models === undefined || refusal.models.includes(model)
  if (refuses && carriesTestString(request)) return refusedReply(model, refusal, offer)
  if (!asksForCompaction(body)) return defaultReply(body, model, ids)
  return {
    ...plainReply(model, [{ start: signCompaction(summaryOf(body)), deltas: [] }]),
    stopReason: stopReasons.compaction,
  }
}
