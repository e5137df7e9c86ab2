import { defaultReply, refusedOpening } from './default-reply.ts'
import type { Ids } from './ids.ts'
import { isText, type JsonObject } from './json.ts'
import { refusalDetails } from './plan-script.ts'
import { plainReply, type PlannedReply } from './planned-reply.ts'
import type { RecordedRequest } from './recorded-request.ts'
import type { TestStringRefusal } from './simulator-options.ts'
import { refusalTestString } from './test-strings.ts'

/** Anywhere: as it was sent, and as JSON reads it, for a client may escape what it likes. */
const carriesTestString = (request: RecordedRequest): boolean =>
  request.text.includes(refusalTestString) || JSON.stringify(request.body).includes(refusalTestString)

/** What the simulator answers by itself: a refusal where the test string stands, else the default answer. */
export const chooseReply = (
  request: RecordedRequest & { readonly body: JsonObject },
  refusal: TestStringRefusal,
  ids: Ids,
): PlannedReply => {
  const { body } = request
  const model = isText(body['model']) ? body['model'] : ''
  const refuses = refusal.models === undefined || refusal.models.includes(model)
  if (!refuses || !carriesTestString(request)) return defaultReply(body, model, ids)
  const deltas = refusal.afterDeltas ?? 0
  return {
    ...plainReply(model, refusedOpening(deltas)),
    openBlock: deltas > 0 && refusal.openBlock === true,
    stopReason: 'refusal',
    stopDetails: refusalDetails(refusal, request.betas),
  }
}
