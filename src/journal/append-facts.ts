import { TurnstateError } from '../errors.ts'
import { type Fact, journalVersion, type StoredFact } from './facts.ts'
import { readFact } from './read-fact.ts'
import { step } from './step.ts'
import type { View } from './view.ts'
import { violation } from './violation.ts'

/** Facts with their journal numbers, starting at `from`, and the format version. */
export const numbered = (facts: readonly Fact[], from: number): readonly StoredFact[] =>
  facts.map((fact, index) =>
    // Not a spread followed by further properties: V8 makes a hidden class for each such object, 300 bytes with every fact.
    Object.assign({}, fact, { seq: from + index, v: journalVersion }),
  )

/**
 * Appends facts: returns the view after them, and the facts as they are stored. Each fact passes the checks of `fold` first, so
 * whatever is stored can be read again.
 *
 * @throws TurnstateError `internal-error` for a fact that `fold` would reject. The cause is a bug in this package, or in an
 * actor that an app put into the chart.
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
        `The fact ${fact.type} cannot be recorded: ${reason}. The journal is unchanged.`,
        { factIndex: fact.seq },
      )
    view = step(view, fact)
  }
  return { view, stored }
}
