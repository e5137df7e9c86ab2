import type { TurnStatus } from './facts.ts'
import { type HeadObstacle, headObstacle } from './move-head.ts'
import { childrenOf, parentOf, pathBeyond } from './turn-index.ts'
import { findTurn, isWithdrawn, type Turn, type View } from './view.ts'

/** A turn among its siblings: the turns with the same parent. */
export interface Branch {
  readonly turnId: string
  readonly status: 'open' | TurnStatus
  /** Whether it is on the path that the model sees, or is the open turn. */
  readonly current: boolean
  /** The last turn of this branch that head may move to, following the newest child; `null` if head cannot move here at all. */
  readonly tip: string | null
  /** Why head cannot move there, or `null`. */
  readonly obstacle: HeadObstacle | null
}

/** A turn and its siblings, in the order in which they settled, an open one last. Empty for an unknown turn. */
export function branches(view: View, turnId: string): readonly Branch[] {
  const turn = findTurn(view, turnId)
  if (!turn) return []
  const settled = childrenOf(view.turns, turn.parent)
  const all = view.open?.parent === turn.parent ? [...settled, view.open] : settled
  const current = new Set(pathBeyond(view.turns, view.head, turn.parent).map(({ id }) => id))
  const above = headObstacle(view, turn.parent)
  return all.map((sibling) => {
    const obstacle = first(above, ownObstacle(view, sibling, current))
    return {
      turnId: sibling.id,
      status: sibling.status,
      current: current.has(sibling.id) || sibling.status === 'open',
      tip: obstacle === null ? tipOf(view, sibling.id, current) : null,
      obstacle,
    }
  })
}

/** Each step down checks one turn only: the turns above it were checked before. */
function tipOf(view: View, turnId: string, current: ReadonlySet<string>): string {
  let tip = turnId
  for (;;) {
    const next = childrenOf(view.turns, tip).findLast(
      (child) => parentOf(view.turns, child) && ownObstacle(view, child, current) === null,
    )
    if (!next) return tip
    tip = next.id
  }
}

/** Why head cannot move onto this turn itself. Head may be on a withdrawn turn already, by `force`. */
function ownObstacle(view: View, { id, status, kept }: Turn, current: ReadonlySet<string>): HeadObstacle | null {
  if (status === 'open') return 'turn-unknown'
  if (status === 'refused') return 'turn-quarantined'
  if (!kept) return 'turn-not-kept'
  return isWithdrawn(view, id) && !current.has(id) ? 'turn-withdrawn' : null
}

const order = [
  'turn-unknown',
  'turn-quarantined',
  'turn-not-kept',
  'turn-withdrawn',
] as const satisfies readonly HeadObstacle[]

/** The more serious of two obstacles. */
const first = (a: HeadObstacle | null, b: HeadObstacle | null): HeadObstacle | null =>
  order.find((obstacle) => obstacle === a || obstacle === b) ?? null
