import type { ApiFailure } from '../api/api-errors.ts'
import type { CreditDesk, CreditOutcome } from '../memory/credit-desk.ts'
import type { JsonObject } from '../api/json.ts'
import type { ModelRules } from '../api/models.ts'
import type { ServedTurns } from '../memory/served-turns.ts'
import type { Signatures } from '../memory/signatures.ts'

/** Everything a rule may look at. */
export interface RequestToCheck {
  readonly body: JsonObject
  /** The body as it came. Default: as `JSON.stringify` would write it. */
  readonly text?: string
  /** The `anthropic-version` header. */
  readonly version: string
  readonly betas: readonly string[]
  readonly rulesOf: (model: string) => ModelRules | undefined
  readonly signatures: Signatures
  readonly served: ServedTurns
  readonly credit: CreditDesk
}

/** A rule returns what is wrong: the message of a 400, or a whole failure where the status is another. */
export type Rule = (request: RequestToCheck) => string | ApiFailure | undefined

/** The rules of models and histories; they run once the shapes are known to be right. */
export interface ModelRequest extends RequestToCheck {
  readonly model: string
  readonly rules: ModelRules
  /** What becomes of the request's credit token, when it has one. */
  readonly redeemed: CreditOutcome | undefined
}

/** The version whose breaking changes the SDK 1.x lives by. */
export const strictVersion = '2026-10-21'

export const extraInput = (place: string): string => `${place}: Extra inputs are not permitted`

export const missingField = (place: string): string => `${place}: Field required`

/** The first thing that any of the rules finds. */
export const firstOf = <Request>(
  request: Request,
  rules: readonly ((request: Request) => string | ApiFailure | undefined)[],
): string | ApiFailure | undefined => {
  for (const rule of rules) {
    const found = rule(request)
    if (found !== undefined) return found
  }
  return undefined
}
