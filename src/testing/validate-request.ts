import { type ApiFailure, errorTypeOf } from './api-errors.ts'
import { bodyForFallback, fallbackChain } from './fallback-chain.ts'
import { isText } from './json.ts'
import { cacheControl } from './validate-request/cache-control.ts'
import { contentShapes } from './validate-request/content-blocks.ts'
import { compactionBlocks, compactionField, compactionOfModel } from './validate-request/compaction.ts'
import { creditToken, redemption } from './validate-request/credit.ts'
import { fallbackBlocks } from './validate-request/fallback-blocks.ts'
import { fallbackModels, fallbacksShape } from './validate-request/fallbacks.ts'
import { images } from './validate-request/images.ts'
import { jsonText } from './validate-request/json-text.ts'
import { mediaBytes } from './validate-request/media-bytes.ts'
import {
  firstMessage,
  lastMessage,
  messageCount,
  nonEmptyContent,
  nonEmptyText,
  systemMessages,
} from './validate-request/message-order.ts'
import {
  contextWindow,
  effort,
  outputLimit,
  sampling,
  thinkingOfModel,
  thinkingShape,
  toolChoice,
} from './validate-request/model-rules.ts'
import { pendingContainer, programs, serverTools } from './validate-request/server-tools.ts'
import { thinkingBlocks } from './validate-request/thinking-blocks.ts'
import { toolPairing } from './validate-request/tool-pairing.ts'
import { toolDefinitions } from './validate-request/tools.ts'
import { container, extraFields, fieldTypes, requiredFields, thread } from './validate-request/top-level-fields.ts'
import { firstOf, type ModelRequest, type RequestToCheck, type Rule } from './validate-request/violation.ts'

// The order is the API's as far as it is known: shapes first, then the model, then what only the whole can show.
const shapes: readonly Rule[] = [
  jsonText,
  requiredFields,
  fieldTypes,
  extraFields,
  container,
  thread,
  creditToken,
  fallbacksShape,
  thinkingShape,
  toolDefinitions,
  cacheControl,
  contentShapes,
  compactionBlocks,
  compactionField,
]

const histories: readonly ((request: ModelRequest) => string | ApiFailure | undefined)[] = [
  redemption,
  compactionOfModel,
  fallbackModels,
  outputLimit,
  thinkingOfModel,
  toolChoice,
  sampling,
  effort,
  messageCount,
  nonEmptyContent,
  nonEmptyText,
  firstMessage,
  systemMessages,
  toolPairing,
  serverTools,
  programs,
  pendingContainer,
  fallbackBlocks,
  lastMessage,
  thinkingBlocks,
  images,
  mediaBytes,
  contextWindow,
]

const asFailure = (found: string | ApiFailure): ApiFailure =>
  isText(found) ? { status: 400, type: errorTypeOf(400), message: found } : found

/** A request with `fallbacks` has to be one that each of those models would take. */
const fallbackProblem = (request: ModelRequest): ApiFailure | undefined => {
  for (const [index, entry] of fallbackChain(request.body, request.rules).entries()) {
    const rules = request.rulesOf(entry.model)
    if (!rules) continue
    const body = bodyForFallback(request.body, entry, rules)
    const hop = { ...request, body, model: entry.model, rules, redeemed: undefined }
    const found = thinkingShape(hop) ?? firstOf(hop, histories)
    if (found === undefined) continue
    const failure = asFailure(found)
    return { ...failure, message: `fallbacks.${index}: ${failure.message}` }
  }
  return undefined
}

/** What the API would object to in a request, first thing first; undefined when it would answer. */
export const validateRequest = (request: RequestToCheck): ApiFailure | undefined => {
  const misshapen = firstOf(request, shapes)
  if (misshapen !== undefined) return asFailure(misshapen)
  const model = String(request.body['model'])
  const rules = request.rulesOf(model)
  if (rules === undefined) return { status: 404, type: errorTypeOf(404), message: `model: ${model}` }
  const { body, betas } = request
  const checked = { ...request, model, rules, redeemed: request.credit.redeem({ body, betas, model, rules }) }
  const found = firstOf(checked, histories)
  return found === undefined ? fallbackProblem(checked) : asFailure(found)
}
