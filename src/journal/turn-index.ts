import { type Index, indexOf } from './append-only-lists.ts'
import type { Turn } from './turn.ts'

/** A settled turn with a link to its parent, so that a path is walked without looking up ids. */
interface Node {
  readonly turn: Turn
  // The fields that walks read are copied here: turns are large and far apart in memory.
  readonly id: string
  readonly isRefused: boolean
  readonly isKept: boolean
  /** The index in the list. A parent settles before its children, so its index is lower. */
  readonly place: number
  /** Turns from the root to this one, itself included. */
  readonly depth: number
  readonly parent: Node | undefined
  /** An earlier turn with the same id, if any. */
  readonly namesake: Node | undefined
  /** The turn itself; for a compaction, the turn that it was made for. */
  readonly standsFor: Turn | undefined
}

/** Settled turns by id and by parent. One map serves for all that is asked by id: a conversation may have many turns. */
class TurnIndex implements Index<Turn> {
  readonly #children = new Map<string | null, Turn[]>()
  readonly #nodes = new Map<string, Node>()
  #size = 0

  get size(): number {
    return this.#size
  }

  add(turn: Turn): void {
    const place = this.#size++
    const siblings = this.#children.get(turn.parent)
    if (siblings) siblings.push(turn)
    else this.#children.set(turn.parent, [turn])
    const parent = turn.parent === null ? undefined : this.#nodes.get(turn.parent)
    const { id, status, kept: isKept } = turn
    this.#nodes.set(id, {
      turn,
      id,
      isRefused: status === 'refused',
      isKept,
      place,
      depth: (parent?.depth ?? 0) + 1,
      parent,
      namesake: this.#nodes.get(id),
      standsFor: this.standsFor(turn),
    })
  }

  /** The turn itself; for a compaction, the turn that it was made for. */
  standsFor(turn: Turn): Turn | undefined {
    if (turn.kind !== 'compaction') return turn
    return turn.replaces === undefined ? undefined : this.#nodes.get(turn.replaces)?.standsFor
  }

  /** All children that were added, including those of longer lists. */
  children(parent: string | null): readonly Turn[] {
    return this.#children.get(parent) ?? []
  }

  /** The turn with this id in a list that this index covers. */
  node(turns: readonly Turn[], turnId: string | null): Node | undefined {
    let node = turnId === null ? undefined : this.#nodes.get(turnId)
    while (node && node.place >= turns.length) node = node.namesake
    return node
  }

  /** The position of the turn with this id in a list that this index covers, or -1. */
  at(turns: readonly Turn[], turnId: string): number {
    return this.node(turns, turnId)?.place ?? -1
  }
}

const of = (turns: readonly Turn[]): TurnIndex => indexOf(turns, TurnIndex)

/** An object that stands for a list and the lists that it has grown into: to keep something beside them. */
export const lineOf = (turns: readonly Turn[]): object => of(turns)

/** The settled turn with this id. */
export const settledTurn = (turns: readonly Turn[], turnId: string): Turn | undefined =>
  turns[of(turns).at(turns, turnId)]

/**
 * The turn with this id, if it settled before that one. In a valid journal, the parent of a turn and the turns that it replaces or
 * continues all did. In any other journal this check makes sure that a walk from turn to turn ends.
 */
export function settledBefore(turns: readonly Turn[], turn: Turn, id: string | null | undefined): Turn | undefined {
  if (id === null || id === undefined) return undefined
  const index = of(turns)
  const own = index.at(turns, turn.id)
  const at = index.at(turns, id)
  return own < 0 || at < own ? turns[at] : undefined
}

/** The parent of a settled turn. */
export const parentOf = (turns: readonly Turn[], turn: Turn): Turn | undefined =>
  settledBefore(turns, turn, turn.parent)

/** The turn that a compaction was made for; any other turn itself. */
export const standsFor = (turns: readonly Turn[], turn: Turn): Turn | undefined => of(turns).standsFor(turn)

/** The settled children of a turn, in the order in which they settled. */
export const childrenOf = (turns: readonly Turn[], parent: string | null): readonly Turn[] => {
  const index = of(turns)
  const children = index.children(parent)
  if (index.size === turns.length) return children
  // The index may already cover a longer list.
  const count = children.findLastIndex((turn) => index.at(turns, turn.id) >= 0) + 1
  return count === children.length ? children : children.slice(0, count)
}

/**
 * The turns on the path to `to` that are not on the path to `from`, oldest first. Costs as much as the two paths differ:
 * they are walked back, the longer one first, to where they meet.
 */
export const pathBeyond = (turns: readonly Turn[], to: string | null, from: string | null): readonly Turn[] =>
  nodesBeyond(turns, to, from)
    .map(({ turn }) => turn)
    .toReversed()

/** Like {@link pathBeyond}, newest first, with the fields that decide whether head may move there. */
export const standingBeyond: (
  turns: readonly Turn[],
  to: string | null,
  from: string | null,
) => readonly Pick<Node, 'id' | 'isRefused' | 'isKept'>[] = nodesBeyond

function nodesBeyond(turns: readonly Turn[], to: string | null, from: string | null): readonly Node[] {
  const index = of(turns)
  const beyond: Node[] = []
  let here = index.node(turns, to)
  let there = index.node(turns, from)
  while (here && here !== there) {
    if (there && here.depth < there.depth) there = there.parent
    else {
      beyond.push(here)
      here = here.parent
    }
  }
  return beyond
}
