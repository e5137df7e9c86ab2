// Counts the calls and results in the steps of a turn by id: a model may give two calls the same id.
import { toolCallId } from './content.ts'
import { exactIndexOf, type Index } from './append-only-lists.ts'
import type { Turn } from './view.ts'

type Step = Turn['steps'][number]

const countIn = (counts: ReadonlyMap<string, number>, id: string): number => counts.get(id) ?? 0

class CallCounts implements Index<Step> {
  #size = 0
  readonly #all = new Map<string, number>()
  #last = new Map<string, number>()
  #unanswered = new Map<string, number>()

  get size(): number {
    return this.#size
  }

  add(step: Step): void {
    this.#size++
    if (step.role === 'user')
      for (const { tool_use_id: id } of step.content) {
        if (typeof id === 'string' && this.unanswered(id) > 0) this.#unanswered.set(id, this.unanswered(id) - 1)
      }
    else {
      const ids = step.content.map(toolCallId).filter((id) => id !== undefined)
      this.#last = new Map()
      for (const counts of [this.#all, this.#last]) for (const id of ids) counts.set(id, countIn(counts, id) + 1)
      this.#unanswered = new Map(this.#last)
    }
  }

  /** Calls of this id in all replies. */
  all(id: string): number {
    return countIn(this.#all, id)
  }

  /** Calls of this id in the last reply. */
  last(id: string): number {
    return countIn(this.#last, id)
  }

  /** Calls of this id in the last reply that have no result yet. */
  unanswered(id: string): number {
    return countIn(this.#unanswered, id)
  }
}

/** The counts for the steps of a turn. They are updated as the turn grows. */
export const callsIn = (steps: readonly Step[]): Pick<CallCounts, 'all' | 'last' | 'unanswered'> =>
  exactIndexOf(steps, CallCounts)
