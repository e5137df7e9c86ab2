import { type HeadObstacle, headObstacle } from './head.ts'
import type { TurnStatus } from './facts.ts'
import { findTurn, path, type View } from './view.ts'

/** One of the turns that were opened upon the same one. */
export interface Branch {
  readonly turnId: string
  readonly status: 'open' | TurnStatus
  /** It lies on the path that the model builds on, or is the open turn. */
  readonly current: boolean
  /** The last turn of it that head may stand on, following the newest; `null` when it can't be gone to at all. */
  readonly tip: string | null
  /** What stands against going there, or `null`. */
  readonly obstacle: HeadObstacle | null
}

/** A turn and its siblings, in the order in which they settled, an open one last. Empty for a turn that there is not. */
export function branches(view: View, turnId: string): readonly Branch[] {
  const turn = findTurn(view, turnId)
  if (!turn) return []
  const current = new Set(path(view, view.head).map(({ id }) => id))
  const all = view.open ? [...view.turns, view.open] : view.turns
  return all
    .filter(({ parent }) => parent === turn.parent)
    .map(({ id, status }) => {
      const obstacle = headObstacle(view, id)
      return {
        turnId: id,
        status,
        current: current.has(id) || status === 'open',
        tip: obstacle === null ? tipOf(view, id) : null,
        obstacle,
      }
    })
}

function tipOf(view: View, turnId: string): string {
  const next = view.turns.findLast(({ id, parent }) => parent === turnId && headObstacle(view, id) === null)
  return next ? tipOf(view, next.id) : turnId
}
