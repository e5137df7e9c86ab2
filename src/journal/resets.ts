import type { ResetCause } from './facts.ts'
import { hasId } from './append-only-lists.ts'
import { rewound } from './move-head.ts'
import { asksInstead, type ResetPolicy, rewindDepth } from './reset-policies.ts'
import { findTurn, path, type Turn, type View } from './view.ts'

/** Where a reset moves head, and the turns that it withdraws. */
export interface Reset {
  readonly to: string | null
  readonly withdrawn: readonly string[]
}

/** The refused turn that waits for a decision, if any. */
export const undecidedTurn = (view: View): Turn | undefined =>
  view.undecided === null ? undefined : findTurn(view, view.undecided)

/** What a policy does. After a refusal it starts at the parent of the refused turn, otherwise at head. */
export function resetOf(view: View, policy: ResetPolicy, cause: ResetCause): Reset {
  const refused = cause === 'refusal' ? undecidedTurn(view) : undefined
  const reset = rewound(view, rewindDepth(policy), refused ? refused.parent : view.head)
  return refused && asksInstead(policy, refused.input) === null ? withoutSameWords(view, reset) : reset
}

/**
 * A stopped turn stays on the path with its input. If the same input is refused when it is asked again, the stopped turn leaves with
 * the turns after it; an answered turn stays.
 */
function withoutSameWords(view: View, reset: Reset): Reset {
  if (view.sameWords.length === 0) return reset
  const stays = path(view, reset.to)
  const at = stays.findIndex(({ id }) => hasId(view.sameWords, id))
  if (at < 0) return reset
  return { to: stays[at - 1]?.id ?? null, withdrawn: [...stays.slice(at).map(({ id }) => id), ...reset.withdrawn] }
}
