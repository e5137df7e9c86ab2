// Describes the tokens used, and the refusals.
import type { Conversation } from '../conversation/conversation-interface.ts'
import { billingRules, type RefusalCount, type Usage } from '../journal/index.ts'
import { count } from './explain.ts'

/** The ledger by model, with refusals and uncertain charges separately. */
export function explainLedger({ ledger }: Conversation): readonly string[] {
  const models = Object.entries(ledger)
  if (models.length === 0) return ['No messages yet.']
  return [
    ...models.flatMap(([model, { requests, answered, refused, notBilled, unknown }]) => [
      `${model}: ${count(requests, 'request')}`,
      ...account('answered', answered),
      ...account('refused, charged', refused),
      ...account('refused, not charged', notBilled),
      ...account('unknown whether charged', unknown),
    ]),
    `Refusals by the billing rules of ${billingRules.since}, as documented in ${billingRules.asOf}.`,
  ]
}

function account(name: string, { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage) {
  if (inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens === 0) return []
  const cached = [
    ...(cacheReadTokens > 0 ? [`${cacheReadTokens} read from the cache`] : []),
    ...(cacheWriteTokens > 0 ? [`${cacheWriteTokens} written to it`] : []),
  ]
  return [`  ${name}: ${[`${inputTokens} tokens in`, `${outputTokens} out`, ...cached].join(', ')}`]
}

export function explainRefusals({ refusals }: Conversation): readonly string[] {
  return refusals.length === 0 ? ['Nothing was refused.'] : refusals.map(explainCount)
}

const outcomes: Readonly<Record<RefusalCount['result'], string>> = {
  answered: 'asked again and answered',
  refused: 'asked again and refused',
  failed: 'asked again and failed',
  stopped: 'asked again and stopped',
  'not-asked-again': 'not asked again',
  open: 'being asked again',
  undecided: 'not decided yet',
}

function explainCount({ count: times, model, category, policy, result }: RefusalCount): string {
  const what = category === null ? 'without a category' : category
  const by = model === null ? '' : ` by ${model}`
  return `${times} × ${what}${by}: ${policy === null ? '' : `${policy}, `}${outcomes[result]}`
}

/** What was spent up to some moment. */
export interface Spent {
  /** All tokens that were sent, from and to the cache included. */
  readonly input: number
  /** The part of `input` that was read from the cache. */
  readonly cached: number
  readonly output: number
  /** In dollars; `null` if a price is unknown. */
  readonly cost: number | null
  /** A reply was cut before its tokens were counted. */
  readonly isEstimated: boolean
}

export const nothingSpent: Spent = { input: 0, cached: 0, output: 0, cost: 0, isEstimated: false }

export const spentBy = ({ usage, cost }: Conversation): Spent => ({
  input: usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens,
  cached: usage.cacheReadTokens,
  output: usage.outputTokens,
  cost,
  isEstimated: usage.estimated === true,
})

export const spentSince = (now: Spent, before: Spent): Omit<Spent, 'isEstimated'> => ({
  input: now.input - before.input,
  cached: now.cached - before.cached,
  output: now.output - before.output,
  cost: now.cost === null || before.cost === null ? null : now.cost - before.cost,
})

/** Tokens and cost in one line; `null` if nothing was spent. */
export function explainSpent({ input, cached, output, cost, isEstimated }: Spent, isSimulated: boolean): string | null {
  if (input + output === 0) return null
  const fromCache = cached > 0 ? ` (${cached} from the cache)` : ''
  const price = isSimulated ? 'simulated, nothing is charged' : cost === null ? 'unknown price' : inDollars(cost)
  return `${isEstimated ? 'at least ' : ''}${input} in${fromCache}, ${output} out; ${price}`
}

function inDollars(cost: number): string {
  if (cost > 0 && cost < 0.0001) return 'less than $0.0001'
  return `$${cost.toFixed(cost < 1 ? 4 : 2)}`
}
