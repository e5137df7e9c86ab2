import { indexOf, Places } from './growing.ts'
import type { Turn } from './view.ts'

/** Settled turns by their ids, and by the turns that they were opened upon. */
class TurnIndex extends Places<Turn> {
  readonly #children = new Map<string | null, Turn[]>()
  readonly #depths = new Map<string, number>()

  constructor() {
    super(({ id }) => id)
  }

  override add(turn: Turn): void {
    super.add(turn)
    const siblings = this.#children.get(turn.parent)
    if (siblings) siblings.push(turn)
    else this.#children.set(turn.parent, [turn])
    this.#depths.set(turn.id, this.depth(turn.parent) + 1)
  }

  /** All that were added, those of longer lists too. */
  children(parent: string | null): readonly Turn[] {
    return this.#children.get(parent) ?? []
  }

  /** Turns from the root to this one, itself included; 0 for the root. */
  depth(turnId: string | null): number {
    return turnId === null ? 0 : (this.#depths.get(turnId) ?? 0)
  }
}

const of = (turns: readonly Turn[]): TurnIndex => indexOf(turns, TurnIndex)

/** A settled turn by its id. */
export const settledTurn = (turns: readonly Turn[], turnId: string): Turn | undefined =>
  turns[of(turns).at(turns, turnId)]

/** The settled turns that were opened upon this one, in the order in which they settled. */
export const childrenOf = (turns: readonly Turn[], parent: string | null): readonly Turn[] => {
  const index = of(turns)
  const children = index.children(parent)
  if (index.size === turns.length) return children
  // The index went on with a longer list.
  const count = children.findLastIndex((turn) => index.at(turns, turn.id) >= 0) + 1
  return count === children.length ? children : children.slice(0, count)
}

/**
 * The turns on the path to `to` that are not on the path to `from`, oldest first. Costs as much as the two paths differ:
 * they are walked back, the longer one first, to where they meet.
 */
export function pathBeyond(turns: readonly Turn[], to: string | null, from: string | null): readonly Turn[] {
  const index = of(turns)
  const beyond: Turn[] = []
  let here = to
  let there = from
  while (here !== null && here !== there) {
    if (index.depth(here) < index.depth(there) && there !== null) {
      there = settledTurn(turns, there)?.parent ?? null
      continue
    }
    const turn = settledTurn(turns, here)
    if (!turn) break
    beyond.push(turn)
    here = turn.parent
  }
  return beyond.toReversed()
}
