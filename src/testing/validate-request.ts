import { type ApiFailure, errorTypeOf } from './api-errors.ts'
import { isText } from './json.ts'
import { cacheControl } from './validate-request/cache-control.ts'
import { contentShapes } from './validate-request/content-blocks.ts'
import { compactionBlocks, compactionField, fallbackBlocks } from './validate-request/echoed-blocks.ts'
import { images } from './validate-request/images.ts'
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
  outputLimit,
  sampling,
  thinkingOfModel,
  thinkingShape,
  toolChoice,
} from './validate-request/model-rules.ts'
import { serverTools } from './validate-request/server-tools.ts'
import { thinkingBlocks } from './validate-request/thinking-blocks.ts'
import { toolPairing } from './validate-request/tool-pairing.ts'
import { toolDefinitions } from './validate-request/tools.ts'
import { creditToken, extraFields, fieldTypes, requiredFields, thread } from './validate-request/top-level-fields.ts'
import { firstOf, type ModelRequest, type RequestToCheck, type Rule } from './validate-request/violation.ts'

// The order is the API's as far as it is known: shapes first, then the model, then what only the whole can show.
const shapes: readonly Rule[] = [
  requiredFields,
  fieldTypes,
  extraFields,
  thread,
  creditToken,
  thinkingShape,
  toolDefinitions,
  cacheControl,
  contentShapes,
  compactionBlocks,
  compactionField,
]

const histories: readonly ((request: ModelRequest) => string | ApiFailure | undefined)[] = [
  outputLimit,
  thinkingOfModel,
  toolChoice,
  sampling,
  messageCount,
  nonEmptyContent,
  nonEmptyText,
  firstMessage,
  systemMessages,
  toolPairing,
  serverTools,
  fallbackBlocks,
  lastMessage,
  thinkingBlocks,
  images,
  contextWindow,
]

const asFailure = (found: string | ApiFailure): ApiFailure =>
  isText(found) ? { status: 400, type: errorTypeOf(400), message: found } : found

/** What the API would object to in a request, first thing first; undefined when it would answer. */
export const validateRequest = (request: RequestToCheck): ApiFailure | undefined => {
  const misshapen = firstOf(request, shapes)
  if (misshapen !== undefined) return asFailure(misshapen)
  const model = String(request.body['model'])
  const rules = request.rulesOf(model)
  if (rules === undefined) return { status: 404, type: errorTypeOf(404), message: `model: ${model}` }
  const found = firstOf({ ...request, model, rules }, histories)
  return found === undefined ? undefined : asFailure(found)
}
