import { TurnstateError } from '../errors.ts'
import { growingInPlace } from './growing.ts'
import { readFact } from './read-fact.ts'
import { step } from './step.ts'
import { emptyView, type View } from './view.ts'
import { violation } from './violation.ts'

/**
 * The view of a whole journal, from facts as they were stored. All or nothing: the first fact that can't be
 * read ends it. Takes time in proportion to the facts.
 *
 * @throws TurnstateError `journal-version-unsupported` for a journal or a fact of a later release,
 * `journal-damaged` for one that is malformed or can't follow upon those before it. Both carry `details.factIndex`.
 */
export function fold(facts: readonly unknown[], from: View = emptyView): View {
  if (facts.length === 0) return from
  return growingInPlace((own) =>
    facts.reduce<View>(next, {
      ...from,
      turns: own(from.turns),
      quarantine: own(from.quarantine),
      withdrawn: own(from.withdrawn),
      sameWords: own(from.sameWords),
      refusals: own(from.refusals),
      hops: own(from.hops),
      refusedInputs: own(from.refusedInputs),
    }),
  )
}

function next(view: View, raw: unknown): View {
  const index = view.revision
  const read = readFact(raw)
  if ('problem' in read)
    throw read.problem === 'later' ? fromTheFuture(index, read.why) : damaged(index, read.type, read.why)
  const reason = violation(view, read.fact)
  if (reason !== null) throw damaged(index, read.fact.type, reason)
  return step(view, read.fact)
}

const damaged = (factIndex: number, what: string, reason: string) =>
  new TurnstateError(
    'journal-damaged',
    `Fact ${factIndex} (${what}) does not fit the journal: ${reason}. Nothing was loaded; restore the journal from a copy, or cut it off before this fact.`,
    { factIndex },
  )

const fromTheFuture = (factIndex: number, reason: string) =>
  new TurnstateError(
    'journal-version-unsupported',
    `Fact ${factIndex} is from a later release of turnstate: ${reason}. Nothing was loaded; upgrade turnstate.`,
    { factIndex },
  )
