// The tree of turns as rows in chronological order: turns, and moves of the head.
import { excerpt } from '../../observe/sizes.ts'
import { type Fact, isWithdrawn, path, policyLabel, type Turn, type View } from '../../journal/index.ts'
import type { FactRecord } from '../../observe/records.ts'

type HeadMoved = Extract<Fact, { type: 'head.moved' }>

export interface TurnRow {
  readonly kind: 'turn'
  readonly index: number
  readonly turn: Turn
  /** Number of the turn, in the order of opening, from 1. */
  readonly number: number
  /** 0 on the path to the head; more for branches. */
  readonly lane: number
  readonly isHead: boolean
  readonly isWithdrawn: boolean
  readonly isRefused: boolean
  /** Whether requests have a line in its place, because the API rejected it. */
  readonly isSetAside: boolean
  readonly words: string
  readonly answer: string
}

export interface MoveRow {
  readonly kind: 'move'
  readonly index: number
  readonly cause: HeadMoved['cause']
  readonly policy: string | null
  readonly from: number | null
  readonly to: number | null
  /** Numbers of the turns that left the path, the refused one first. */
  readonly left: readonly number[]
}

export type Row = TurnRow | MoveRow

/** Numbers of turns by id, in the order of opening, from 1. */
export function turnNumbers(facts: readonly FactRecord[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  for (const { fact } of facts) if (fact.type === 'turn.opened') numbers.set(fact.turnId, numbers.size + 1)
  return numbers
}

/** The rows of a view. @param last How many of the newest rows. Default: all. */
export function rowsOf(view: View, facts: readonly FactRecord[], last = Number.POSITIVE_INFINITY): readonly Row[] {
  const numbers = turnNumbers(facts)
  const onPath = new Set(path(view, view.head).map(({ id }) => id))
  const setAside: ReadonlySet<string> = new Set(view.rejections.setAside)
  const lanes = new Map<string, number>()
  const turns = new Map([...view.turns, ...(view.open ? [view.open] : [])].map((turn) => [turn.id, turn]))
  // Rows are built only if they are returned.
  const rows: (() => Row)[] = []
  for (const { fact, index } of facts) {
    if (fact.type === 'turn.opened') {
      const turn = turns.get(fact.turnId)
      if (!turn) continue
      lanes.set(turn.id, laneOf(turn))
      rows.push(() => turnRow(turn, index))
    } else if (fact.type === 'head.moved') rows.push(() => moveRow(fact, index))
  }
  return rows.slice(Number.isFinite(last) ? -last : 0).map((row) => row())

  function laneOf({ id, parent, status }: Turn): number {
    if (onPath.has(id) || status === 'open') return 0
    return 1 + (parent !== null && !onPath.has(parent) ? (lanes.get(parent) ?? 0) : 0)
  }

  function moveRow(fact: HeadMoved, index: number): MoveRow {
    return {
      kind: 'move',
      index,
      cause: fact.cause,
      policy: fact.policy === undefined ? null : policyLabel(fact.policy),
      from: numberOf(fact.from),
      to: numberOf(fact.to),
      left: [fact.turnId, ...fact.withdrawn].flatMap((id) => numberOf(id ?? null) ?? []),
    }
  }

  function turnRow(turn: Turn, index: number): TurnRow {
    const { id } = turn
    return {
      kind: 'turn',
      index,
      turn,
      number: numbers.get(id) ?? 0,
      lane: Math.min(lanes.get(id) ?? 0, 4),
      isHead: view.head === id,
      isWithdrawn: isWithdrawn(view, id),
      isRefused: turn.status === 'refused',
      isSetAside: setAside.has(`turn:${id}`),
      words: excerpt(turn.input, 80),
      answer: turn.steps.flatMap((step) => (step.role === 'assistant' ? [excerpt(step.content, 80)] : [])).join(' · '),
    }
  }

  function numberOf(id: string | null): number | null {
    return id === null ? null : (numbers.get(id) ?? null)
  }
}
