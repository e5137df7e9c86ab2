import {
  continuableOf,
  type CreditClaims,
  decodeToken,
  digestOfContinuation,
  digestsOf,
  encodeToken,
  withoutContinuation,
} from './credit-tokens.ts'
import { isObject, type JsonObject } from '../api/json.ts'
import type { ModelRules } from '../api/models.ts'
import { creditTokenOf, forcesTool } from '../api/request-fields.ts'
import type { ScriptedRefusal } from '../script/script.ts'

/** The beta headers that grant credit tokens and allow redeeming them. */
export const creditBetas: readonly string[] = [
  'fallback-credit-2026-07-01',
  'fallback-credit-2026-06-01',
  'server-side-fallback-2026-07-01',
]

const lifetime = 5 * 60 * 1000

interface CreditRequest {
  readonly body: JsonObject
  readonly betas: readonly string[]
  readonly model: string
  readonly rules: ModelRules
}

export type CreditOutcome =
  | { readonly type: 'redeemed'; readonly prefill: boolean }
  | { readonly type: 'not_applied'; readonly reason: string; readonly message: string }

/** What a refusal offers: `fallback_credit_token` and `fallback_has_prefill_claim`. */
export interface CreditOffer {
  readonly token: string | null
  readonly prefill: boolean | null
}

/** Mints credit tokens and redeems them. */
export interface CreditDesk {
  readonly offer: (
    refusal: Pick<ScriptedRefusal, 'creditToken' | 'hasPrefillClaim' | 'continuationOnly'>,
    request: CreditRequest,
    said: readonly JsonObject[],
  ) => CreditOffer
  /** Whether a token is one of the simulator's, or one that the script named. */
  readonly knows: (token: string) => boolean
  /** Whether the request's token can be redeemed; undefined for a request without one. */
  readonly redeem: (request: CreditRequest) => CreditOutcome | undefined
}

const earnsCredit = ({ body, rules }: CreditRequest): boolean => {
  const { output_config: output, tool_choice: choice } = body
  const formatted = isObject(output) && (output['format'] ?? null) !== null
  return rules.fallbackTargets.length > 0 && !formatted && !forcesTool(choice)
}

const notApplied = (reason: string, message: string): CreditOutcome => ({ type: 'not_applied', reason, message })

const mismatchOf = (claims: CreditClaims, body: JsonObject, betas: readonly string[]): string | undefined =>
  Object.entries(digestsOf(body, betas)).find(([name, value]) => claims.fields[name] !== value)?.[0]

const judge = (claims: CreditClaims, { body, betas }: CreditRequest): CreditOutcome => {
  const whole = mismatchOf(claims, body, betas)
  if (whole === undefined)
    return claims.continuationOnly
      ? notApplied('continuation_only', 'the token must be redeemed by continuing the partial response')
      : { type: 'redeemed', prefill: false }
  const continued = withoutContinuation(body)
  const rest = continued ? mismatchOf(claims, continued.body, betas) : whole
  if (continued === undefined || rest !== undefined)
    return notApplied('body_mismatch', `\`${rest ?? whole}\` differs from the refused request`)
  if (claims.continuation === null)
    return notApplied('continuation_excluded', 'the token does not permit an appended assistant message')
  return digestOfContinuation(continued.content) === claims.continuation
    ? { type: 'redeemed', prefill: true }
    : notApplied('body_mismatch', 'the appended assistant message differs from the partial response')
}

export const createCreditDesk = (now: () => number, rulesOf: (model: string) => ModelRules | undefined): CreditDesk => {
  const supplied = new Map<string, boolean>()
  return {
    offer: ({ creditToken = null, hasPrefillClaim, continuationOnly = false }, request, said) => {
      if (creditToken !== 'mint') {
        if (creditToken !== null) supplied.set(creditToken, hasPrefillClaim === true)
        return { token: creditToken, prefill: hasPrefillClaim ?? (creditToken === null ? null : false) }
      }
      if (!earnsCredit(request)) return { token: null, prefill: null }
      const continuable = continuableOf(said)
      const prefill = hasPrefillClaim ?? continuable.length > 0
      const token = encodeToken({
        model: request.model,
        at: now(),
        fields: digestsOf(request.body, request.betas),
        continuation: prefill ? digestOfContinuation(continuable) : null,
        continuationOnly,
      })
      return { token, prefill }
    },
    knows: (token) => supplied.has(token) || decodeToken(token) !== undefined,
    redeem: (request) => {
      const token = creditTokenOf(request.body)
      if (token === undefined) return undefined
      const ownWords = supplied.get(token)
      if (ownWords !== undefined) return { type: 'redeemed', prefill: ownWords }
      const claims = decodeToken(token)
      if (!claims) return undefined
      if (now() - claims.at >= lifetime)
        return notApplied('expired', 'the token expired: it is good for 5 minutes after the refusal')
      const targets = rulesOf(claims.model)?.fallbackTargets ?? []
      return targets.includes(request.model)
        ? judge(claims, request)
        : notApplied(
            'invalid_target_model',
            `a request that ${claims.model} refused cannot be retried on ${request.model}`,
          )
    },
  }
}
