import { idsIn } from './append-only-lists.ts'
import type { Turn, View } from './view.ts'
import { parentOf, pathBeyond, settledTurn, standingBeyond } from './turn-index.ts'
import { findTurn } from './view.ts'

export interface MoveHeadOptions {
  /** Walk back into a path that a reset withdrew. Quarantined turns stay out all the same. */
  readonly force?: boolean
}

/** Why head can't be moved there. */
export type HeadObstacle = 'turn-unknown' | 'turn-quarantined' | 'turn-withdrawn' | 'turn-not-kept'

/** What stands against moving head onto `to`, or `null` when nothing does. The root (`null`) is always free. */
export function headObstacle(view: View, to: string | null, options: MoveHeadOptions = {}): HeadObstacle | null {
  if (to === null) return null
  const target = findTurn(view, to)
  if (!target || target.status === 'open') return 'turn-unknown'
  // What head stands on already was checked when head came there, by force perhaps: going on there, or back along it, asks
  // for nothing more.
  const turns = standingBeyond(view.turns, to, view.head)
  if (turns.some(({ isRefused }) => isRefused)) return 'turn-quarantined'
  if (turns.some(({ isKept }) => !isKept)) return 'turn-not-kept'
  const isWithdrawn = idsIn(view.withdrawn)
  return !options.force && turns.some(({ id }) => isWithdrawn(id)) ? 'turn-withdrawn' : null
}

/** Whether head can move to a turn, or to the beginning (`null`): refused turns never, withdrawn ones only with `force`. */
export const canMoveHead = (view: View, to: string | null, options?: MoveHeadOptions): boolean =>
  headObstacle(view, to, options) === null

/** Moves head; where it can't go, it stays. Total, because a throwing action would kill the actor that runs it. */
export const moveHead = (view: View, to: string | null, options?: MoveHeadOptions): View =>
  view.head !== to && canMoveHead(view, to, options) ? { ...view, head: to } : view

/**
 * The turn that head comes to when `depth` turns leave the path, and the ids of those that leave.
 *
 * @param from The turn that the refused one was asked upon. Head may stand further on by now, on turns that the model
 * did not see; they leave too. Default: head.
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
  // Only turns that somebody asked are counted: a summary, or the rest of a reply, goes along.
  for (let left = depth === 'all' ? Number.POSITIVE_INFINITY : depth; turn && left > 0;) {
    counted.push(turn)
    if (turn.kind === 'user' || turn.kind === 'seed') left--
    turn = parentOf(view.turns, turn)
  }
  const gone = [...counted.toReversed(), ...(isBelow ? after : [])]
  return { to: turn?.id ?? null, withdrawn: gone.map(({ id }) => id) }
}
