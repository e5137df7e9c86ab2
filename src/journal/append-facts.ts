import { TurnstateError } from '../errors.ts'
import { type Fact, journalVersion, type StoredFact } from './facts.ts'
import { readFact } from './read-fact.ts'
import { step } from './step.ts'
import type { View } from './view.ts'
import { violation } from './violation.ts'

/** Facts as the journal has them, from this number on. */
export const numbered = (facts: readonly Fact[], from: number): readonly StoredFact[] =>
  facts.map((fact, index) => ({ ...fact, seq: from + index, v: journalVersion }))

/**
 * The view after these facts, and the facts as they are stored. What is recorded can be read: each fact passes what `fold`
 * asks of it.
 *
 * @throws TurnstateError `internal-error` for a fact that `fold` would not take. It is a fault of this package, or of an actor
 * that an app put into the chart.
 */
export function appendFacts(
  before: View,
  facts: readonly Fact[],
): { readonly view: View; readonly stored: readonly StoredFact[] } {
  const stored = numbered(facts, before.revision)
  let view = before
  for (const fact of stored) {
    const read = readFact(fact)
    const reason = 'problem' in read ? read.why : violation(view, fact)
    if (reason !== null)
      throw new TurnstateError(
        'internal-error',
        `The fact ${fact.type} can't be recorded: ${reason}. The journal stays as it was.`,
        { factIndex: fact.seq },
      )
    view = step(view, fact)
  }
  return { view, stored }
}
