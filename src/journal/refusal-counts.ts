import { type ResetPolicyName, resetPolicyName } from './reset-policies.ts'
import { findTurn, type HopRecord, type RefusalRecord, type View } from './view.ts'

/** The number of refusals with the same category, model, policy and result. */
export interface RefusalCount {
  readonly category: string | null
  readonly model: string | null
  /** `null` while no policy is decided, or if the conversation closed before. */
  readonly policy: ResetPolicyName | null
  /**
   * How the turn that was asked instead ended; `not-asked-again` without such a turn; `open` while it is in progress; `undecided`
   * while no policy is decided.
   */
  readonly result: 'answered' | 'refused' | 'failed' | 'stopped' | 'not-asked-again' | 'open' | 'undecided'
  /**
   * The API itself continued with another model in the same request (`serverFallbacks`). No policy was applied, and `result` is
   * how that request ended.
   */
  readonly servedByApi?: true
  readonly count: number
}

/** Counts refusals by category, model, policy and result, for an app's metrics. */
export function refusalCounts(view: View): readonly RefusalCount[] {
  const counts = new Map<string, RefusalCount>()
  const decided = view.refusals.map((record) => {
    const { category, model, policy } = record
    return { category, model, policy: policy && resetPolicyName(policy), result: resultOf(view, record) }
  })
  const served = view.hops.map((hop) => {
    const { category, model } = hop
    return { category, model, policy: null, result: resultOfHop(view, hop), servedByApi: true as const }
  })
  for (const kind of [...decided, ...served]) {
    const key = JSON.stringify(Object.values(kind))
    counts.set(key, { ...kind, count: (counts.get(key)?.count ?? 0) + 1 })
  }
  return [...counts.values()]
}

function resultOf(view: View, { policy, askedInstead }: RefusalRecord): RefusalCount['result'] {
  if (askedInstead === null) return policy === null ? 'undecided' : 'not-asked-again'
  return endOf(view, askedInstead)
}

/** The result of a request that was cut is that of its turn. */
const resultOfHop = (view: View, { turnId, result }: HopRecord): RefusalCount['result'] =>
  result === 'cut' ? endOf(view, turnId) : result

function endOf(view: View, turnId: string): RefusalCount['result'] {
  switch (findTurn(view, turnId)?.status) {
    case 'completed':
      return 'answered'
    case 'refused':
      return 'refused'
    case 'stopped':
      return 'stopped'
    case 'open':
      return 'open'
    default:
      return 'failed'
  }
}
