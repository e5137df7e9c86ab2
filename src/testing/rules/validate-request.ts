import { type ApiFailure, errorTypeOf } from '../api/api-errors.ts'
import { bodyForFallback, fallbackChain } from './fallback-chain.ts'
import { isText } from '../api/json.ts'
import { cacheControl } from './cache-control.ts'
import { contentShapes } from './content-blocks.ts'
import { compactionBlocks, compactionField, compactionOfModel } from './compaction.ts'
import { creditToken, redemption } from './credit.ts'
import { fallbackBlocks } from './fallback-blocks.ts'
import { fallbackModels, fallbacksShape } from './fallbacks.ts'
import { images } from './images.ts'
import { jsonText } from './json-text.ts'
import { mediaBytes } from './media-bytes.ts'
import {
  firstMessage,
  lastMessage,
  messageCount,
  nonEmptyContent,
  nonEmptyText,
  systemMessages,
} from './message-order.ts'
import {
  contextWindow,
  effort,
  outputLimit,
  sampling,
  thinkingOfModel,
  thinkingShape,
  toolChoice,
} from './model-rules.ts'
import { pendingContainer, programs, serverTools } from './server-tools.ts'
import { thinkingBlocks } from './thinking-blocks.ts'
import { toolPairing } from './tool-pairing.ts'
import { toolDefinitions } from './tools.ts'
import { container, extraFields, fieldTypes, requiredFields, thread } from './top-level-fields.ts'
import { firstOf, type ModelRequest, type RequestToCheck, type Rule } from './violation.ts'

type ModelRule = (request: ModelRequest) => string | ApiFailure | undefined

// The order is the API's as far as it is known: shapes first, then the model, then what only the whole can show. The
// names are those of the list in docs/simulator.md.
const shapes: Readonly<Record<string, Rule>> = {
  JSON: jsonText,
  'required fields': requiredFields,
  'types of fields': fieldTypes,
  'unknown fields': extraFields,
  container,
  threads: thread,
  'credit token': creditToken,
  'shape of `fallbacks`': fallbacksShape,
  'shape of `thinking`': thinkingShape,
  'tool definitions': toolDefinitions,
  breakpoints: cacheControl,
  // Before the blocks: in a system message, where the block may not be, the API answers with the code for its place.
  'compaction blocks': compactionBlocks,
  blocks: contentShapes,
  '`compaction`': compactionField,
}

const histories: Readonly<Record<string, ModelRule>> = {
  'credit redemption': redemption,
  'compaction by the model': compactionOfModel,
  'fallback models': fallbackModels,
  'output limit': outputLimit,
  'thinking by the model': thinkingOfModel,
  '`tool_choice`': toolChoice,
  sampling,
  effort,
  'number of messages': messageCount,
  'empty messages': nonEmptyContent,
  'empty texts': nonEmptyText,
  'first message': firstMessage,
  'system messages': systemMessages,
  'calls and results': toolPairing,
  'server tools': serverTools,
  programs,
  'container of a program': pendingContainer,
  'fallback blocks': fallbackBlocks,
  'last message': lastMessage,
  'thinking blocks': thinkingBlocks,
  'size of images': images,
  'bytes of images and PDFs': mediaBytes,
  'context window': contextWindow,
}

/** The names of all rules, in the order in which they are checked. */
export const ruleNames: readonly string[] = [...Object.keys(shapes), ...Object.keys(histories)]

const asFailure = (found: string | ApiFailure): ApiFailure =>
  isText(found) ? { status: 400, type: errorTypeOf(400), message: found } : found

/** A request with `fallbacks` has to be one that each of those models would take. */
const fallbackProblem = (request: ModelRequest): ApiFailure | undefined => {
  for (const [index, entry] of fallbackChain(request.body, request.rules).entries()) {
    const rules = request.rulesOf(entry.model)
    if (!rules) continue
    const body = bodyForFallback(request.body, entry, rules)
    const hop = { ...request, body, model: entry.model, rules, redeemed: undefined }
    const found = thinkingShape(hop) ?? firstOf(hop, Object.values(histories))
    if (found === undefined) continue
    const failure = asFailure(found)
    return { ...failure, message: `fallbacks.${index}: ${failure.message}` }
  }
  return undefined
}

/** What the API would object to in a request, first thing first; undefined when it would answer. */
export const validateRequest = (request: RequestToCheck): ApiFailure | undefined => {
  const misshapen = firstOf(request, Object.values(shapes))
  if (misshapen !== undefined) return asFailure(misshapen)
  const model = String(request.body['model'])
  const rules = request.rulesOf(model)
  if (rules === undefined) return { status: 404, type: errorTypeOf(404), message: `model: ${model}` }
  const { body, betas } = request
  const checked = { ...request, model, rules, redeemed: request.credit.redeem({ body, betas, model, rules }) }
  const found = firstOf(checked, Object.values(histories))
  return found === undefined ? fallbackProblem(checked) : asFailure(found)
}
