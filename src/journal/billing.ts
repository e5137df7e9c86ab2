import type { Refusal } from './facts.ts'
import type { Usage } from './usage.ts'

/** Whether the API charges for an attempt. */
export type Billing = 'billed' | 'not-billed' | 'unknown'

/**
 * What the API charges for a refusal, as its documentation says it. A refusal in the middle of a reply is always
 * charged: the input, and what was streamed. Before any output it depends on the category.
 */
export const billingRules = {
  /** The month of the documentation that these rules come from. */
  asOf: '2026-10',
  /** The rules apply from this month on. Before, a refusal ahead of any output was never charged. */
  since: '2026-09',
  beforeOutput: {
    billed: ['bio', 'frontier_llm', 'reasoning_extraction'],
    notBilled: ['cyber', 'general_harms', null],
  },
} as const satisfies {
  readonly beforeOutput: Readonly<Record<string, readonly (string | null)[]>>
  readonly asOf: string
  readonly since: string
}

export function billingOf({ category, textShown }: Refusal, { outputTokens }: Usage): Billing {
  const { billed, notBilled }: { billed: readonly unknown[]; notBilled: readonly unknown[] } = billingRules.beforeOutput
  // Hidden thinking is output too.
  if (textShown || outputTokens > 1 || billed.includes(category)) return 'billed'
  return notBilled.includes(category) ? 'not-billed' : 'unknown'
}
