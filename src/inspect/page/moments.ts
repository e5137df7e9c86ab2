// The conversation as it was at each fact: the same step as everywhere, over the facts so far.
import { emptyView, Folding, path, unansweredCalls, type View } from '../../journal/index.ts'
import type { ConversationLog } from '../log/conversation-log.ts'
import type { FactRecord, InspectionRecord, PromptRecord } from '../../observe/records.ts'

export interface Moment {
  readonly view: View
  readonly facts: readonly FactRecord[]
  /** The state, as it was seen or, where nobody looked, as the journal tells it. */
  readonly state: string
  readonly wasSeen: boolean
  readonly prompt: PromptRecord | null
  /** Records beside the facts, up to then. */
  readonly others: readonly InspectionRecord[]
}

/** Facts between two views that are kept. A view may be as large as the conversation is long, so not each is. */
const between = 64

export class Moments {
  readonly #log: ConversationLog
  /** The view before each fact whose index is a multiple of {@link between}, as far as somebody looked. */
  readonly #kept: View[] = [emptyView]
  /** Whoever looks at one moment looks at it again and again. */
  #last: { readonly index: number; readonly view: View } | null = null

  constructor(log: ConversationLog) {
    this.#log = log
  }

  get count(): number {
    return this.#log.facts.length
  }

  /** As it is, or as it was after the fact with this index. */
  at(index: number | null): Moment {
    const { facts, others, prompt, view, state } = this.#log
    const fact = index === null ? undefined : facts[index]
    if (index === null || !fact) return { view, facts, state, wasSeen: true, prompt, others }
    const then = this.#viewAt(index)
    // What a refusal or a rejection was is told right after its fact.
    const before = others.filter(
      ({ seq, type }) => seq < fact.seq || ((type === 'refusal' || type === 'rejection') && seq === fact.seq + 1),
    )
    return {
      view: then,
      facts: facts.slice(0, index + 1),
      state: fact.state ?? stateOf(then),
      wasSeen: fact.state !== null,
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

/** Where a conversation with this view is: what its journal alone tells. */
function stateOf(view: View): string {
  if (view.undecided !== null) return 'refused'
  if (view.open) return unansweredCalls(view).length > 0 ? 'tools' : 'streaming'
  const last = view.turns.at(-1)
  if (last?.status === 'stopped') return 'stopped'
  if (last?.status === 'failed' || last?.status === 'interrupted') return 'failed'
  return path(view, view.head).length > 0 ? 'completed' : 'idle'
}
