import { type ApiFailure, invalidRequest } from '../api/api-errors.ts'
import { isText } from '../api/json.ts'
import { historyRules, shapeRules } from './all-rules.ts'
import { bodyForFallback, fallbackChain } from './fallback-chain.ts'
import type { RequestToCheck, ModelRequest } from './rule.ts'
import { thinkingShape } from './thinking-field.ts'

/** What the first rule that finds something wrong says. */
const firstOf = <Request>(
  request: Request,
  rules: readonly ((request: Request) => string | ApiFailure | undefined)[],
): string | ApiFailure | undefined => {
  for (const rule of rules) {
    const found = rule(request)
    if (found !== undefined) return found
  }
  return undefined
}

const asFailure = (found: string | ApiFailure): ApiFailure => (isText(found) ? invalidRequest(found) : found)

/** A request with `fallbacks` must be valid for each of those models. */
const fallbackProblem = (request: ModelRequest): ApiFailure | undefined => {
  for (const [index, entry] of fallbackChain(request.body, request.rules).entries()) {
    const rules = request.rulesOf(entry.model)
    if (!rules) continue
    const body = bodyForFallback(request.body, entry, rules)
    const hop = { ...request, body, model: entry.model, rules, redeemed: undefined }
    const found = thinkingShape(hop) ?? firstOf(hop, Object.values(historyRules))
    if (found === undefined) continue
    const failure = asFailure(found)
    return { ...failure, message: `fallbacks.${index}: ${failure.message}` }
  }
  return undefined
}

/** The first thing that the API would reject in a request; undefined if the request is valid. */
export const validateRequest = (request: RequestToCheck): ApiFailure | undefined => {
  const misshapen = firstOf(request, Object.values(shapeRules))
  if (misshapen !== undefined) return asFailure(misshapen)
  const model = String(request.body['model'])
  const rules = request.rulesOf(model)
  if (rules === undefined) return invalidRequest(`model: ${model}`, 404)
  const { body, betas } = request
  const checked = { ...request, model, rules, redeemed: request.credit.redeem({ body, betas, model, rules }) }
  const found = firstOf(checked, Object.values(historyRules))
  return found === undefined ? fallbackProblem(checked) : asFailure(found)
}
