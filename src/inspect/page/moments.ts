// The conversation as it was after each fact, by folding the facts up to it.
import { Folding, emptyView, stateOf, type View, unansweredCalls } from '../../journal/index.ts'
import type { ConversationLog } from '../log/conversation-log.ts'
import type { FactRecord, InspectionRecord, PromptRecord } from '../../observe/records.ts'

export interface Moment {
  readonly view: View
  readonly facts: readonly FactRecord[]
  /** The state that was recorded or, for a fact that is older than the observation, the state that its view implies. */
  readonly state: string
  /** Whether `state` was recorded. */
  readonly wasRecorded: boolean
  readonly prompt: PromptRecord | null
  /** Records other than facts, up to then. */
  readonly others: readonly InspectionRecord[]
}

/** Facts between two cached views. Not every view is cached, because a view can be as large as the conversation is long. */
const between = 64

export class Moments {
  readonly #log: ConversationLog
  /** The view before each fact whose index is a multiple of {@link between}, up to the latest moment that was shown. */
  readonly #kept: View[] = [emptyView]
  /** The page asks for the same moment at each render. */
  #last: { readonly index: number; readonly view: View } | null = null

  constructor(log: ConversationLog) {
    this.#log = log
  }

  get count(): number {
    return this.#log.facts.length
  }

  /** The present, for `null`, or the moment after the fact with this index. */
  at(index: number | null): Moment {
    const { facts, others, prompt, view, state } = this.#log
    const fact = index === null ? undefined : facts[index]
    if (index === null || !fact) return { view, facts, state, wasRecorded: true, prompt, others }
    const then = this.#viewAt(index)
    // The record of a refusal or a rejection follows right after its fact.
    const before = others.filter(
      ({ seq, type }) => seq < fact.seq || ((type === 'refusal' || type === 'rejection') && seq === fact.seq + 1),
    )
    return {
      view: then,
      facts: facts.slice(0, index + 1),
      state: fact.state ?? chartStateOf(then),
      wasRecorded: fact.state !== null,
      prompt: before.findLast(isPrompt) ?? others.find(isPrompt) ?? null,
      others: before,
    }
  }

  #viewAt(index: number): View {
    if (this.#last?.index === index) return this.#last.view
    const from = Math.min(Math.floor(index / between), this.#kept.length - 1)
    const folding = new Folding(this.#kept[from])
    for (const [at, { fact }] of this.#log.facts.slice(from * between, index + 1).entries()) {
      const next = from * between + at
      if (next % between === 0 && next / between === this.#kept.length) this.#kept.push(folding.view)
      folding.add(fact)
    }
    this.#last = { index, view: folding.view }
    return this.#last.view
  }
}

const isPrompt = (record: InspectionRecord): record is PromptRecord => record.type === 'prompt'

/** The state of the chart for a fact that was recorded without one. */
function chartStateOf(view: View): string {
  const state = stateOf(view)
  if (state === 'interrupted') return unansweredCalls(view).length > 0 ? 'tools' : 'streaming'
  return state === 'deferred' ? 'refused' : state
}
