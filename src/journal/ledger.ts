import { type Billing, billingOf } from './billing.ts'
import type { ReplyRecorded, TurnSettled } from './facts.ts'
import { addUsage, type Iteration, noUsage, type Usage } from './usage.ts'

/** What one request to a model came to, and cost. */
export interface Attempt {
  readonly turnId: string
  readonly attempt: number
  readonly model: string
  /** `cut`: it was stopped, or its turn failed, in the middle. `failed`: it was made again. */
  readonly result: 'answered' | 'refused' | 'cut' | 'failed'
  readonly billing: Billing
  readonly usage: Usage
}

/** What was spent on one model. Refused and unsure things stand apart. */
export interface Spending {
  readonly requests: number
  /** Replies, whole and cut. */
  readonly answered: Usage
  /** Refusals that are charged. */
  readonly refused: Usage
  /** Refusals that are not. */
  readonly notBilled: Usage
  /** Attempts of which the API does not say whether it charges them. */
  readonly unknown: Usage
}

export type Ledger = Readonly<Record<string, Spending>>

const nothing: Spending = { requests: 0, answered: noUsage, refused: noUsage, notBilled: noUsage, unknown: noUsage }

/** The attempts that a recorded reply stands for: more than one, where the API itself went on with another model. */
export function replyAttempts({
  turnId,
  attempt,
  model,
  stopReason,
  usage,
  iterations,
}: ReplyRecorded): readonly Attempt[] {
  const result = stopReason === null ? 'cut' : 'answered'
  const last: Attempt = { turnId, attempt, model, result, billing: 'billed', usage }
  return iterations?.length ? rounds(iterations, last) : [last]
}

/** What settling a turn adds: a refused attempt, or one of which nothing was kept. */
export function settledAttempts(fact: TurnSettled, model: string, attempt: number): readonly Attempt[] {
  const { turnId, refusal, usage, iterations, status } = fact
  if (!usage) return []
  const last: Attempt = refusal
    ? { turnId, attempt, model: refusal.model ?? model, result: 'refused', billing: billingOf(refusal, usage), usage }
    : { turnId, attempt, model, result: 'cut', billing: status === 'stopped' ? 'billed' : 'unknown', usage }
  return iterations?.length ? rounds(iterations, last) : [last]
}

/**
 * One attempt for each round of the API's own loop. The usage of a reply leaves out rounds that were refused, and
 * compactions; the bill is the sum of all rounds.
 */
function rounds(iterations: readonly Iteration[], last: Attempt): readonly Attempt[] {
  const end = iterations.length - 1
  const hopped = iterations.some(({ type }) => type === 'fallback_message')
  return iterations.map(({ type, model = last.model, usage }, index): Attempt => {
    if (index === end || !hopped || (type !== 'message' && type !== 'fallback_message'))
      return { ...last, model, usage }
    return { ...last, model, usage, result: 'refused', billing: 'billed' }
  })
}

/** The ledger with these attempts entered. */
export const entered = (ledger: Ledger, attempts: readonly Attempt[]): Ledger =>
  attempts.reduce<Ledger>((all, attempt) => {
    const before = Object.hasOwn(all, attempt.model) ? (all[attempt.model] ?? nothing) : nothing
    const account = accountOf(attempt)
    return {
      ...all,
      [attempt.model]: {
        ...before,
        requests: before.requests + 1,
        [account]: addUsage(before[account], attempt.usage),
      },
    }
  }, ledger)

function accountOf({ result, billing }: Attempt): Exclude<keyof Spending, 'requests'> {
  if (billing === 'unknown') return 'unknown'
  if (billing === 'not-billed') return 'notBilled'
  return result === 'refused' ? 'refused' : 'answered'
}

/** Prices of one model, per million tokens, in a currency of the app's choice. */
export interface Price {
  readonly input: number
  readonly output: number
  /** Default: as `input`. */
  readonly cacheRead?: number
  /** Default: as `input`. */
  readonly cacheWrite?: number
}

export type Prices = Readonly<Record<string, Price>>

/** The price of a model by its name, or by its name without a date: a reply names the version that an alias stands for. */
export function priceOf(model: string, prices: Prices): Price | undefined {
  return [model, model.replace(/-\d{8}$/, '')].flatMap(
    (name) => (Object.hasOwn(prices, name) ? prices[name] : undefined) ?? [],
  )[0]
}

const costOf = (usage: Usage, { input, output, cacheRead = input, cacheWrite = input }: Price): number =>
  (usage.inputTokens * input +
    usage.outputTokens * output +
    usage.cacheReadTokens * cacheRead +
    usage.cacheWriteTokens * cacheWrite) /
  1_000_000

/** What a ledger comes to. What may be charged counts as charged. `null`: a model on it has no price. */
export function totalCost(ledger: Ledger, prices: Prices): number | null {
  let total = 0
  for (const [model, { answered, refused, unknown }] of Object.entries(ledger)) {
    const price = priceOf(model, prices)
    if (!price) return null
    for (const usage of [answered, refused, unknown]) total += costOf(usage, price)
  }
  return total
}

/** Tokens of a ledger that are charged, or may be. */
export const totalTokens = (ledger: Ledger): number =>
  Object.values(ledger)
    .flatMap(({ answered, refused, unknown }) => [answered, refused, unknown])
    .reduce(
      (total, usage) => total + usage.inputTokens + usage.outputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
      0,
    )
