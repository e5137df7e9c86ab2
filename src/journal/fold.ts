import * as v from 'valibot'
import { TurnstateError } from '../errors.ts'
import { factSchemas } from './fact-schemas.ts'
import { type Fact, journalVersion } from './facts.ts'
import { growingInPlace } from './growing.ts'
import { step } from './step.ts'
import { emptyView, type View } from './view.ts'
import { violation } from './violation.ts'

/**
 * The view of a whole journal, from facts as they were stored. All or nothing: the first fact that can't be
 * read ends it.
 *
 * @throws TurnstateError `journal-version-unsupported` for a journal or a fact of a later release,
 * `journal-damaged` for one that is malformed or can't follow upon those before it. Both carry `details.factIndex`.
 */
export function fold(facts: readonly unknown[], from: View = emptyView): View {
  if (facts.length === 0) return from
  return growingInPlace((own) =>
    facts.reduce<View>(stepOf, {
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

function stepOf(view: View, raw: unknown): View {
  const index = view.revision
  const fact = readFact(raw, index)
  const reason = violation(view, fact)
  if (reason !== null) throw damaged(index, fact.type, reason)
  return step(view, fact)
}

function readFact(raw: unknown, index: number): Fact {
  if (typeof raw !== 'object' || raw === null || !('type' in raw) || typeof raw.type !== 'string')
    throw damaged(index, 'of no type', 'it is not an object with a type')
  if (!Object.hasOwn(factSchemas, raw.type))
    throw fromTheFuture(index, `its type "${raw.type}" is not known to this release`)
  const { success, issues, output } = v.safeParse<v.GenericSchema>(factSchemas[raw.type as Fact['type']], raw)
  if (!success && isNewWord(issues[0]))
    throw fromTheFuture(
      index,
      `its ${v.getDotPath(issues[0])} "${String(issues[0].input)}" is not known to this release`,
    )
  if (!success) throw damaged(index, raw.type, `${v.getDotPath(issues[0]) ?? 'fact'}: ${issues[0].message}`)
  const fact = output as Fact
  if (fact.type === 'conversation.created' && fact.v > journalVersion)
    throw fromTheFuture(index, `the journal is of version ${fact.v}, this release reads up to ${journalVersion}`)
  return fact
}

/** A word where only certain words may stand: a later release may know more of them. */
const isNewWord = ({ type, input }: v.BaseIssue<unknown>): boolean =>
  (type === 'picklist' || type === 'regex') && typeof input === 'string'

const damaged = (factIndex: number, what: string, reason: string) =>
  new TurnstateError(
    'journal-damaged',
    `Fact ${factIndex} (${what}) does not fit the journal: ${reason}. Nothing was loaded; restore the journal from a copy, or cut it off before this fact.`,
    { factIndex },
  )

const fromTheFuture = (factIndex: number, reason: string) =>
  new TurnstateError(
    'journal-version-unsupported',
    `Fact ${factIndex} was written by a later release of turnstate: ${reason}. Nothing was loaded; upgrade turnstate.`,
    { factIndex },
  )
