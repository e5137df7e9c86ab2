import type { Content } from './content.ts'

/**
 * How the context is reset after a refusal, as data.
 *
 * `drop-turn`: the refused turn leaves, what came before it stays (`{ rewind: 0 }`).
 * `{ rewind: n }`: n completed or kept turns leave beside the refused one.
 * `clear`: everything leaves (`{ rewind: 'all' }`).
 * `{ rephrase }`: the refused turn leaves and these words are asked instead, as a new turn.
 * `{ fallback }`: the refused turn leaves and the conversation goes on with that model: from `this-turn`, whose input it
 * is asked as a new turn, or from the `next-turn`.
 */
export type ResetPolicy =
  | 'drop-turn'
  | 'clear'
  | { readonly rewind: number | 'all' }
  | { readonly rephrase: Content }
  | { readonly fallback: string; readonly from: 'this-turn' | 'next-turn' }

/** A decision about a refusal: a reset, or `manual`, which leaves it to a person. */
export type Decision = ResetPolicy | 'manual'

/** Turns that leave the path beside the refused one. */
export function rewindDepth(policy: ResetPolicy): number | 'all' {
  if (policy === 'clear') return 'all'
  if (policy === 'drop-turn' || !('rewind' in policy)) return 0
  return policy.rewind
}

/** The words that a policy asks instead of the refused ones, or `null` when it asks nothing. */
export function asksInstead(policy: Decision | null, refused: Content): Content | null {
  if (policy === null || typeof policy === 'string') return null
  if ('rephrase' in policy) return policy.rephrase
  return 'fallback' in policy && policy.from === 'this-turn' ? refused : null
}

/** Each rung puts more of the context aside than the one before: what refuses twice is not in the last turn alone. */
export const defaultLadder = ['drop-turn', { rewind: 1 }, 'clear'] as const satisfies readonly Decision[]

/** The rung for the n-th refusal in a row (1 = the first); the last rung holds from there on. */
export function rungFor<T>(ladder: readonly T[], refusalsInARow: number): T | undefined {
  return ladder[Math.min(Math.max(refusalsInARow, 1), ladder.length) - 1]
}
