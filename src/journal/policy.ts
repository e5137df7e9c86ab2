import type { Content } from './content.ts'

/**
 * How the context is reset after a refusal, as data.
 *
 * `drop-turn`: the refused turn leaves, what came before it stays (`{ rewind: 0 }`).
 * `{ rewind: n }`: n completed or kept turns leave beside the refused one.
 * `clear`: everything leaves (`{ rewind: 'all' }`).
 * `{ rephrase }`: the refused turn leaves and these words are asked instead, as a new turn.
 */
export type ResetPolicy = 'drop-turn' | 'clear' | { readonly rewind: number | 'all' } | { readonly rephrase: Content }

/** A decision about a refusal: a reset, or `manual`, which leaves it to a person. */
export type Decision = ResetPolicy | 'manual'

/** Turns that leave the path beside the refused one. */
export function rewindDepth(policy: ResetPolicy): number | 'all' {
  if (policy === 'clear') return 'all'
  if (policy === 'drop-turn' || 'rephrase' in policy) return 0
  return policy.rewind
}

/** Each rung puts more of the context aside than the one before: what refuses twice is not in the last turn alone. */
export const defaultLadder = ['drop-turn', { rewind: 1 }, 'clear'] as const satisfies readonly Decision[]

/** The rung for the n-th refusal in a row (1 = the first); the last rung holds from there on. */
export function rungFor<T>(ladder: readonly T[], refusalsInARow: number): T | undefined {
  return ladder[Math.min(Math.max(refusalsInARow, 1), ladder.length) - 1]
}
