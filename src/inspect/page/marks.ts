// What went wrong in a journal, and the resets that followed: marks on the slider, and where a click leads.
import type { FactRecord, InspectionRecord } from '../../observe/records.ts'

type MarkKind = 'refusal' | 'rejection' | 'reset' | 'failure'

/** A fact that people look for. */
export interface Mark {
  readonly index: number
  readonly kind: MarkKind
}

/** The marks of a journal, in order. */
export const marksOf = (facts: readonly FactRecord[]): readonly Mark[] =>
  facts.flatMap(({ fact, index }) => {
    const kind = markOf(fact)
    return kind === null ? [] : [{ index, kind }]
  })

function markOf(fact: FactRecord['fact']): MarkKind | null {
  switch (fact.type) {
    case 'turn.settled':
      return fact.status === 'refused' ? 'refusal' : fact.status === 'failed' ? 'failure' : null
    case 'request.rejected':
      return 'rejection'
    case 'attempt.failed':
      return 'failure'
    case 'head.moved':
      return fact.cause === 'switch' ? null : 'reset'
    default:
      return null
  }
}

/** The nearest refusal before or after a fact; `null` for none. */
export function nearestRefusal(marks: readonly Mark[], at: number, direction: 'before' | 'after'): number | null {
  const refusals = marks.filter(({ kind }) => kind === 'refusal')
  const found =
    direction === 'before' ? refusals.findLast(({ index }) => index < at) : refusals.find(({ index }) => index > at)
  return found?.index ?? null
}

/** The fact that decided a turn: the one that settled it or, while it is open, the one that opened it. */
export function decisiveFact(facts: readonly FactRecord[], turnId: string): number | null {
  const settled = facts.findLast(({ fact }) => fact.type === 'turn.settled' && fact.turnId === turnId)
  const opened = facts.find(({ fact }) => fact.type === 'turn.opened' && fact.turnId === turnId)
  return (settled ?? opened)?.index ?? null
}

/** The fact that a record led to, or the fact itself; `null` for one that nothing has followed yet. */
export function factOf(facts: readonly FactRecord[], record: InspectionRecord): number | null {
  if (record.type === 'fact') return record.index
  // These follow right after their fact.
  const from = record.type === 'refusal' || record.type === 'rejection' ? record.seq - 1 : record.seq
  return facts.find(({ seq }) => seq >= from)?.index ?? null
}
