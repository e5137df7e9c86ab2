// The budget. It is checked before every request.
import type { Failure } from '../../src/errors.ts'
import { priceOf, totalCost, totalTokens, unpriced } from '../../src/journal/index.ts'
import type { ConversationContext } from './conversation.types.ts'

/** Which limit is reached, in a sentence; `null` while none is. */
function limitReached({ view, settings: { budget: given, prices } }: ConversationContext): string | null {
  const budget = view.budget ?? given
  const { tokens, cost, refusalsInARow } = budget
  if (tokens !== undefined && totalTokens(view.ledger) >= tokens) return `its ${tokens} tokens are spent`
  if (refusalsInARow !== undefined && view.refusalsInARow >= refusalsInARow)
    return `${view.refusalsInARow} refusals came in a row`
  if (cost === undefined) return null
  if (!priceOf(view.model, prices)) return `no price is known for ${view.model}, so its cost can't be kept to`
  const spent = totalCost(view.ledger, prices)
  const without = unpriced(view.ledger, prices)
  if (spent === null) {
    const unknown = without.filter(({ what }) => what === 'model').map(({ model }) => model)
    return `no price is known for ${unknown.join(', ')}, which was used`
  }
  if (spent < cost) return null
  const uncounted = without.map(({ model, what, amount }) => `${what} of ${model} (${amount})`)
  return `its cost of ${cost} is reached${uncounted.length > 0 ? `, and these have no price of their own: ${uncounted.join(', ')}` : ''}`
}

export const isOverBudget = (context: ConversationContext): boolean => limitReached(context) !== null

export const overBudget = (context: ConversationContext): Failure => ({
  code: 'budget-exceeded',
  message: `Nothing was sent: the conversation is over its budget (${limitReached(context) ?? 'a limit'}). Raise it with setBudget(), or ${context.view.refusalsInARow > 0 ? 'call clear(), which resets the count of refusals' : 'start another conversation'}.`,
})
