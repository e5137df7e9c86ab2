// The room rules/: what the API rejects. A new rule is a file here, a line in all-rules.ts and a row in docs/simulator.md.
import type { ApiFailure } from '../api/api-errors.ts'
import type { CreditDesk, CreditOutcome } from '../memory/credit-desk.ts'
import type { JsonObject } from '../api/json.ts'
import type { ModelRules } from '../api/models.ts'
import type { ServedTurns } from '../memory/served-turns.ts'
import type { Signatures } from '../memory/thinking-signatures.ts'

/** What a rule can read. */
export interface RequestToCheck {
  readonly body: JsonObject
  /** The body as text. Default: what `JSON.stringify` makes of it. */
  readonly text?: string
  /** The `anthropic-version` header. */
  readonly version: string
  readonly betas: readonly string[]
  readonly rulesOf: (model: string) => ModelRules | undefined
  readonly signatures: Signatures
  readonly served: ServedTurns
  readonly credit: CreditDesk
}

/** What a rule about models or histories can read as well. */
export interface ModelRequest extends RequestToCheck {
  readonly model: string
  readonly rules: ModelRules
  /** Whether the request's credit token can be redeemed; undefined for a request without one. */
  readonly redeemed: CreditOutcome | undefined
}

/** A rule says what is wrong: the message of a 400, or a whole failure where the status or the code matters. */
type RuleFor<Request> = (request: Request) => string | ApiFailure | undefined

/** A rule about the shape of a request. */
export type Rule = RuleFor<RequestToCheck>

/** A rule about a model or a history. It runs once the shapes are known to be right. */
export type ModelRule = RuleFor<ModelRequest>

/** The API version that SDK 1.x sends; it has breaking changes. */
export const strictVersion = '2026-10-21'

export const extraInput = (place: string): string => `${place}: Extra inputs are not permitted`

export const missingField = (place: string): string => `${place}: Field required`
