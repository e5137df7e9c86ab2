import type { Turn, View } from './view.ts'
import { parentOf, pathBeyond, settledTurn, standingBeyond } from './turn-index.ts'
import { findTurn, isWithdrawn } from './view.ts'

export interface MoveHeadOptions {
  /** Allows a path with withdrawn turns. Quarantined turns stay forbidden. Default `false`. */
  readonly force?: boolean
}

/** Why head cannot move to a turn. */
export type HeadObstacle = 'turn-unknown' | 'turn-quarantined' | 'turn-withdrawn' | 'turn-not-kept'

/** Why head cannot move to `to`, or `null` if it can. It can always move to the root (`null`). */
export function headObstacle(view: View, to: string | null, options: MoveHeadOptions = {}): HeadObstacle | null {
  if (to === null) return null
  const target = findTurn(view, to)
  if (!target || target.status === 'open') return 'turn-unknown'
  // The current path was checked when head moved onto it, perhaps with `force`. Staying on it, or moving back along it, needs no
  // further check.
  const turns = standingBeyond(view.turns, to, view.head)
  if (turns.some(({ isRefused }) => isRefused)) return 'turn-quarantined'
  if (turns.some(({ isKept }) => !isKept)) return 'turn-not-kept'
  return !options.force && turns.some(({ id }) => isWithdrawn(view, id)) ? 'turn-withdrawn' : null
}

/** Whether head can move to a turn or to the root (`null`): never to a refused turn, to a withdrawn one only with `force`. */
export const canMoveHead = (view: View, to: string | null, options?: MoveHeadOptions): boolean =>
  headObstacle(view, to, options) === null

/** Moves head if it can. Otherwise head stays: an action that throws would stop the actor that runs it. */
export const moveHead = (view: View, to: string | null, options?: MoveHeadOptions): View =>
  view.head !== to && canMoveHead(view, to, options) ? { ...view, head: to } : view

/**
 * The turn that head moves to when `depth` turns leave the path, and the ids of the turns that leave.
 *
 * @param from The parent of the refused turn. Head may be further on by now, on turns that the refused request did not carry; these
 * leave too. Default: head.
 */
export function rewound(
  view: View,
  depth: number | 'all',
  from: string | null = view.head,
): { to: string | null; withdrawn: readonly string[] } {
  if (depth === 0) return { to: view.head, withdrawn: [] }
  const after = pathBeyond(view.turns, view.head, from)
  const isBelow = (after.length > 0 ? after[0]?.parent : view.head) === from
  const counted: Turn[] = []
  const last = isBelow ? from : view.head
  let turn = last === null ? undefined : settledTurn(view.turns, last)
  // Only turns of users count: a summary, or the rest of a reply, leaves with the turn that it belongs to.
  for (let left = depth === 'all' ? Number.POSITIVE_INFINITY : depth; turn && left > 0;) {
    counted.push(turn)
    if (turn.kind === 'user' || turn.kind === 'seed') left--
    turn = parentOf(view.turns, turn)
  }
  const gone = [...counted.toReversed(), ...(isBelow ? after : [])]
  return { to: turn?.id ?? null, withdrawn: gone.map(({ id }) => id) }
}
