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
