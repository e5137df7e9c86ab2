// Where a turn stands, for people who look at the conversation: its place among its siblings, why the model no longer sees it, its cost.
import { type Branch, branches } from './branches.ts'
import type { ResetCause } from './facts.ts'
import { inputHash } from './hash.ts'
import { entered, totalCost } from './ledger.ts'
import type { Prices } from './prices.ts'
import { kindOf, turnOf } from './rejections/parts.ts'
import { earlierTurn, findTurn, type Turn, type View } from './view.ts'

/** What a list of messages does not say about the turn of one. */
export interface TurnStanding {
  readonly turnId: string
  /** The turn and its siblings. */
  readonly branches: readonly Branch[]
  /** What the reset was for that withdrew it from the path; `null` for one that none has withdrawn. */
  readonly withdrawnBy: ResetCause | null
  /** What requests leave out of it because the API did not accept it: all of it, a part, or nothing. */
  readonly setAside: 'turn' | 'part' | null
  /** Its reply came after the API had rejected a request, because something was left out. */
  readonly repaired: boolean
  /** The same words had been refused before. */
  readonly refusedBefore: boolean
  /** What its requests cost; `null` where a model has no price. */
  readonly cost: number | null
}

/** Where these turns stand. Turns that are not known are left out. */
export function turnStandings(view: View, turnIds: Iterable<string>, prices: Prices): readonly TurnStanding[] {
  const aside = new Map<string, 'turn' | 'part'>()
  for (const part of view.rejections.setAside) {
    const turnId = turnOf(part)
    if (turnId === null || aside.get(turnId) === 'turn') continue
    aside.set(turnId, kindOf(part) === 'turn' ? 'turn' : 'part')
  }
  return [...new Set(turnIds)].flatMap((turnId) => {
    const turn = findTurn(view, turnId)
    if (!turn) return []
    return [
      {
        turnId,
        branches: branches(view, turnId),
        withdrawnBy: Object.hasOwn(view.withdrawn, turnId) ? (view.withdrawn[turnId] ?? null) : null,
        setAside: aside.get(turnId) ?? null,
        repaired: turn.status === 'completed' && turn.rejected > 0,
        refusedBefore: wasRefusedBefore(view, turn),
        cost: totalCost(entered({}, turn.attempts), prices),
      },
    ]
  })
}

/** Where the same message is asked again by a policy, nobody has sent its words again. */
function wasRefusedBefore(view: View, turn: Turn): boolean {
  if (turn.kind !== 'user' || turn.replaces !== undefined || view.refusedInputs.length === 0) return false
  const hash = inputHash(turn.input)
  return view.refusedInputs.some(
    ({ turnId, inputHash: refused }) =>
      refused === hash &&
      turnId !== turn.id &&
      // One of another conversation, from which this one was forked, came before all.
      (findTurn(view, turnId) === undefined || earlierTurn(view, turn, turnId) !== undefined),
  )
}
