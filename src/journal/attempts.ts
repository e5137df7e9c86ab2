import { type Billing, billingOf } from './billing.ts'
import type { AttemptFailed, ReplyRecorded, TurnSettled } from './facts.ts'
import { optionalField } from './optional-field.ts'
import { type RefusedHop, type Round, roundsOf } from './request-rounds.ts'
import { noUsage, type Terms, type Usage } from './usage.ts'

/** The result and the cost of one request to a model. Each round of the API's own loop counts as an attempt. */
export interface Attempt {
  readonly turnId: string
  readonly attempt: number
  /** The model that served it. */
  readonly model: string
  /** The requested model name, if it differs from `model`: an alias, or a cloud provider's name. */
  readonly asked?: string
  /** `cut`: it was stopped, or its turn failed, in the middle. `failed`: the request was repeated. */
  readonly result: 'answered' | 'refused' | 'cut' | 'failed'
  /** It was refused, and the API itself continued with another model in the same request (`fallbacks`). */
  readonly hop?: Omit<RefusedHop, 'model'>
  readonly billing: Billing
  readonly usage: Usage
  readonly terms?: Terms
  /** The API's id of the message (`msg_…`), where one came. */
  readonly messageId?: string
  /** The API's id of the request, for its support. */
  readonly requestId?: string
}

/** The attempts behind a recorded reply: more than one if the API needed several rounds. */
export function replyAttempts(fact: ReplyRecorded): readonly Attempt[] {
  const { attempt, model: served, requestedModel: asked = served, stopReason, usage } = fact
  const ending = { result: stopReason === null ? 'cut' : 'answered', billing: 'billed' } as const
  return roundsOf({ ...fact, asked, served, usage }).map(attemptOf(fact, attempt, asked, ending))
}

/** The attempt that settling a turn adds: a refused one, or one of which nothing was kept. `asked`: the conversation's model. */
export function settledAttempts(fact: TurnSettled, asked: string, attempt: number): readonly Attempt[] {
  const { refusal, usage, status } = fact
  if (!usage) return []
  const rounds = roundsOf({ ...fact, asked, served: refusal?.model ?? fact.model ?? asked, usage })
  if (!refusal) {
    const ending = { result: 'cut', billing: status === 'stopped' ? 'billed' : 'unknown' } as const
    return rounds.map(attemptOf(fact, attempt, asked, ending))
  }
  const refused = { result: 'refused', billing: billingOf(refusal, usage) } as const
  // Earlier rounds in which the API used its tools or compacted were not refused.
  return rounds.map((round, index) =>
    attemptOf(fact, attempt, asked, index === rounds.length - 1 ? refused : answered)(round),
  )
}

/** An attempt that was repeated. */
export function failedAttempts(fact: AttemptFailed, asked: string): readonly Attempt[] {
  const { attempt, model: served, usage = noUsage, requestId = fact.failure.requestId } = fact
  const told = { ...fact, ...optionalField('requestId', requestId) }
  return roundsOf({ ...fact, asked, served, usage }).map(
    attemptOf(told, attempt, asked, { result: 'failed', billing: 'unknown' }),
  )
}

type Ending = Pick<Attempt, 'result' | 'billing'>

const answered: Ending = { result: 'answered', billing: 'billed' }

const attemptOf =
  (
    told: Pick<ReplyRecorded, 'turnId' | 'terms' | 'messageId' | 'requestId'>,
    attempt: number,
    asked: string,
    ending: Ending,
  ) =>
  ({ model, usage, hop, isAsked }: Round): Attempt => ({
    turnId: told.turnId,
    attempt,
    model,
    ...(isAsked && model !== asked ? { asked } : {}),
    // The API charges for the hops that it made (the documentation of `usage.iterations`).
    ...(hop ? { result: 'refused', billing: 'billed', hop } : ending),
    usage,
    ...optionalField('terms', told.terms),
    ...optionalField('messageId', told.messageId),
    ...optionalField('requestId', told.requestId),
  })
