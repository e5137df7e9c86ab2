import { TurnstateError } from '../errors.ts'
import { Owner, ownedBy } from './append-only-lists.ts'
import { idLists } from './keyed-lists.ts'
import { type Problem, readFact } from './read-fact.ts'
import { partLists } from './rejections/rejections.ts'
import { step } from './step.ts'
import { decisionLists, emptyView, queues, type View } from './view.ts'
import { violation } from './violation.ts'

/**
 * The view of a whole journal, from stored facts.
 *
 * J1 All or nothing: the first fact that cannot be read, or cannot follow, ends the fold with an error (design: a damaged journal is
 *    never repaired silently).
 * J2 It accepts exactly the facts that `appendFacts` accepts: both ask `readFact` and `violation`.
 * J3 It is linear in the number of facts: its own lists grow in place until the view is handed out.
 * J4 Facts of format 1 have no numbers and are read; none may follow a numbered fact.
 *
 * @throws TurnstateError `journal-version-unsupported` for a journal or a fact of a later release,
 * `journal-damaged` for one that is malformed or cannot follow the facts before it. Both have `details.factIndex`.
 */
export function fold(facts: readonly unknown[], from: View = emptyView): View {
  const folding = new Folding(from)
  folding.addAll(facts)
  return folding.view
}

/**
 * Folds facts one after another. The cost of a fact does not depend on the number of earlier facts, unless the view was read since the
 * last one: then the next fact costs time in proportion to the view.
 */
export class Folding {
  #view: View
  /** The owner of the lists in the view; `null` once the view was handed out and its lists are shared. */
  #owner: Owner | null = null

  constructor(from: View = emptyView) {
    this.#view = from
  }

  /** The number of facts folded so far, including those of the initial view. */
  get revision(): number {
    return this.#view.revision
  }

  /** The view so far. Later facts do not change it. */
  get view(): View {
    this.#owner?.giveOut()
    this.#owner = null
    return this.#view
  }

  /** Adds a fact if it can follow. @returns the problem otherwise; the view is then unchanged. */
  add(raw: unknown): Problem | null {
    const read = readFact(raw)
    if ('problem' in read) return read
    const { fact } = read
    const owner = (this.#owner ??= this.#begin())
    return ownedBy(owner, () => {
      const why = violation(this.#view, fact)
      if (why !== null) return { problem: 'damaged', type: fact.type, why }
      this.#view = step(this.#view, fact)
      return null
    })
  }

  /** Adds facts up to the first that can't follow. @throws TurnstateError as `fold` */
  addAll(facts: Iterable<unknown>): void {
    for (const raw of facts) {
      const index = this.revision
      const found = this.add(raw)
      if (found)
        throw found.problem === 'later' ? fromTheFuture(index, found.why) : damaged(index, found.type, found.why)
    }
  }

  #begin(): Owner {
    const owner = new Owner()
    this.#view = ownedBy(owner, () => owned(this.#view))
    return owner
  }
}

const owned = (view: View): View => {
  const { rejections } = view
  const setAside = partLists.owned(rejections.setAside)
  return {
    ...view,
    queue: queues.owned(view.queue),
    awaitingApproval: idLists.owned(view.awaitingApproval),
    awaitingAnswer: idLists.owned(view.awaitingAnswer),
    startedCalls: idLists.owned(view.startedCalls),
    decisions: decisionLists.owned(view.decisions),
    // Fields that shared one list still share one.
    rejections: {
      ...rejections,
      setAside,
      before: rejections.before === rejections.setAside ? setAside : rejections.before,
    },
  }
}

/** A reason may quote ids from facts, which can have any length. */
const longestReason = 500

const damaged = (factIndex: number, what: string, reason: string) =>
  new TurnstateError(
    'journal-damaged',
    `Fact ${factIndex} (${what}) does not fit the journal: ${reason.slice(0, longestReason)}. Nothing was loaded; restore the journal from a copy, or cut it off before this fact.`,
    { factIndex },
  )

const fromTheFuture = (factIndex: number, reason: string) =>
  new TurnstateError(
    'journal-version-unsupported',
    `Fact ${factIndex} is from a later release of turnstate: ${reason.slice(0, longestReason)}. Nothing was loaded; upgrade turnstate.`,
    { factIndex },
  )
