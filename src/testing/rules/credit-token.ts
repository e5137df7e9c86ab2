import { isObject, isText } from '../api/json.ts'
import { creditTokenOf } from '../api/request-fields.ts'
import { extraInput, type ModelRequest, type Rule } from './rule.ts'

const field = 'fallback_credit_token'

/** A malformed token and a token together with `fallbacks` are a 400 in both modes of redemption. */
export const creditToken: Rule = ({ body, betas, credit }) => {
  const given = body[field]
  if (given === undefined || given === null) return undefined
  if (isObject(given)) {
    if (!betas.includes('fallback-credit-2026-07-01'))
      return `${field}: Input should be a valid string; an object requires the header anthropic-beta: fallback-credit-2026-07-01`
    const stranger = Object.keys(given).find((name) => name !== 'token' && name !== 'mode')
    if (stranger !== undefined) return extraInput(`${field}.${stranger}`)
    const { mode } = given
    if (mode !== undefined && mode !== 'strict' && mode !== 'best_effort')
      return `${field}.mode: Input should be 'strict' or 'best_effort'`
  }
  if ((body['fallbacks'] ?? null) !== null) return `${field}: cannot be combined with fallbacks`
  const token = creditTokenOf(body)
  return isText(token) && credit.knows(token) ? undefined : `${field}: malformed token`
}

/** A token that can't be redeemed is a 400, unless the request asks for best effort. */
export const redemption = ({ body, redeemed }: ModelRequest): string | undefined => {
  const given = body[field]
  const bestEffort = isObject(given) && given['mode'] === 'best_effort'
  return redeemed?.type === 'not_applied' && !bestEffort ? `${field}: ${redeemed.message}` : undefined
}
