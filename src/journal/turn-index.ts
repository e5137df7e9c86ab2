import { indexOf, Places } from './growing.ts'
import type { Turn } from './view.ts'

/** Settled turns by their ids, and by the turns that they were opened upon. */
class TurnIndex extends Places<Turn> {
  readonly #children = new Map<string | null, Turn[]>()
  readonly #depths = new Map<string, number>()
  readonly #standFor = new Map<string, Turn | undefined>()

  constructor() {
    super(({ id }) => id)
  }

  override add(turn: Turn): void {
    super.add(turn)
    const siblings = this.#children.get(turn.parent)
    if (siblings) siblings.push(turn)
    else this.#children.set(turn.parent, [turn])
    this.#depths.set(turn.id, this.depth(turn.parent) + 1)
    this.#standFor.set(turn.id, this.standsFor(turn))
  }

  /** The turn itself, or the one that compactions, one in the place of another, were to make room for. */
  standsFor(turn: Turn): Turn | undefined {
    if (turn.kind !== 'compaction') return turn
    return turn.replaces === undefined ? undefined : this.#standFor.get(turn.replaces)
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

/**
 * The turn with this id, if it settled before that one. In a journal that can have happened, the turns that a turn was opened
 * upon, takes the place of or goes on with all did; whoever walks from turn to turn by this comes to an end in every other.
 */
export function settledBefore(turns: readonly Turn[], turn: Turn, id: string | null | undefined): Turn | undefined {
  if (id === null || id === undefined) return undefined
  const index = of(turns)
  const own = index.at(turns, turn.id)
  const at = index.at(turns, id)
  return own < 0 || at < own ? turns[at] : undefined
}

/** The settled turn that this one was opened upon. */
export const parentOf = (turns: readonly Turn[], turn: Turn): Turn | undefined =>
  settledBefore(turns, turn, turn.parent)

/** The turn in whose place a compaction stands, if it does; of another turn, that turn. */
export const standsFor = (turns: readonly Turn[], turn: Turn): Turn | undefined => of(turns).standsFor(turn)

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
  const depthOf = (turn: Turn | undefined) => (turn ? index.depth(turn.id) : 0)
  const beyond: Turn[] = []
  let here = to === null ? undefined : settledTurn(turns, to)
  let there = from === null ? undefined : settledTurn(turns, from)
  while (here && here !== there) {
    if (depthOf(here) < depthOf(there) && there) {
      there = parentOf(turns, there)
      continue
    }
    beyond.push(here)
    here = parentOf(turns, here)
  }
  return beyond.toReversed()
}
