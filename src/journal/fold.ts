import { TurnstateError } from '../errors.ts'
import { Owner, ownedBy } from './append-only-lists.ts'
import { idLists } from './keyed-lists.ts'
import { type Problem, readFact } from './read-fact.ts'
import { partLists } from './rejections/rejections.ts'
import { step } from './step.ts'
import { decisionLists, emptyView, queues, type View } from './view.ts'
import { violation } from './violation.ts'

/**
 * The view of a whole journal, from facts as they were stored. All or nothing: the first fact that can't be
 * read ends it. Takes time in proportion to the facts.
 *
 * @throws TurnstateError `journal-version-unsupported` for a journal or a fact of a later release,
 * `journal-damaged` for one that is malformed or can't follow upon those before it. Both carry `details.factIndex`.
 */
export function fold(facts: readonly unknown[], from: View = emptyView): View {
  const folding = new Folding(from)
  for (const raw of facts) {
    const index = folding.revision
    const found = folding.add(raw)
    if (found) throw found.problem === 'later' ? fromTheFuture(index, found.why) : damaged(index, found.type, found.why)
  }
  return folding.view
}

/**
 * Facts from outside, taken one after another. The cost of a fact does not grow with those before it as long as nobody looks
 * at the view; the next fact after a look costs as much as the view is large.
 */
export class Folding {
  #view: View
  /** Of the lists in the view; `null` when the view was given out, and they are others' too. */
  #owner: Owner | null = null

  constructor(from: View = emptyView) {
    this.#view = from
  }

  /** Facts folded so far, those of the view that it began with included. */
  get revision(): number {
    return this.#view.revision
  }

  /** The view so far. It stays as it is, whatever is added later. */
  get view(): View {
    this.#owner?.giveOut()
    this.#owner = null
    return this.#view
  }

  /** Takes a fact, where it is one that can follow. @returns what is wrong with it otherwise: then it changes nothing. */
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
    // What was the same list before is one now.
    rejections: {
      ...rejections,
      setAside,
      before: rejections.before === rejections.setAside ? setAside : rejections.before,
    },
  }
}

/** Ids that facts name stand in a reason, however long they are. */
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
