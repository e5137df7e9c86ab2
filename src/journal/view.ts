import type { Failure } from '../errors.ts'
import type { Block, Content } from './content.ts'
import type { Refusal, ReplyRecorded, TurnStatus } from './facts.ts'
import type { Usage } from './usage.ts'
import { noUsage } from './usage.ts'

/** One reply of the model within a turn. */
export interface ReplyStep extends Omit<ReplyRecorded, 'type' | 'turnId'> {
  readonly role: 'assistant'
}

/** The results of a reply's tool calls. */
interface ResultsStep {
  readonly role: 'user'
  readonly content: readonly Block[]
}

type Step = ReplyStep | ResultsStep

/** One user input and everything up to its outcome. A settled turn is frozen and shared, never copied. */
export interface Turn {
  readonly id: string
  readonly parent: string | null
  readonly kind: 'user' | 'seed' | 'compaction'
  readonly input: Content
  /** Milliseconds since 1970. */
  readonly openedAt: number
  readonly steps: readonly Step[]
  readonly status: 'open' | TurnStatus
  readonly kept: boolean
  readonly usage: Usage
  readonly refusal?: Refusal
  readonly failure?: Failure
  readonly replaces?: string
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A message that waits for its turn. */
export interface QueuedInput {
  /** The id that its turn will have. */
  readonly turnId: string
  readonly input: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Where the conversation stands: what `fold` makes of the facts. */
export interface View {
  readonly id: string
  readonly model: string
  /** Facts folded so far: the revision of the journal that this view stands for. */
  readonly revision: number
  /** Settled turns in the order in which they settled. */
  readonly turns: readonly Turn[]
  readonly open: Turn | null
  /** The last turn that the model may build on. */
  readonly head: string | null
  /** Ids of refused turns: never on a path again. */
  readonly quarantine: readonly string[]
  /** Ids of turns that a reset took off the path. */
  readonly withdrawn: readonly string[]
  readonly queue: readonly QueuedInput[]
  /** The queue waits for `queue.released`, because what it was meant to follow went wrong. */
  readonly held: boolean
  /** The refused turn that no reset has answered yet. */
  readonly undecided: string | null
  /** Ids of tool calls of the open turn that wait for a person. */
  readonly awaitingApproval: readonly string[]
  /** Refusals since the last completed turn; stopped and failed turns do not count. */
  readonly refusalsInARow: number
  readonly usage: Usage
}

export const emptyView: View = Object.freeze({
  id: '',
  model: '',
  revision: 0,
  turns: Object.freeze([]),
  open: null,
  head: null,
  quarantine: Object.freeze([]),
  withdrawn: Object.freeze([]),
  queue: Object.freeze([]),
  held: false,
  undecided: null,
  awaitingApproval: Object.freeze([]),
  refusalsInARow: 0,
  usage: noUsage,
})

/** A settled or the open turn by its id. Searched from the end, where those asked for mostly are. */
export const findTurn = (view: View, turnId: string): Turn | undefined =>
  view.open?.id === turnId ? view.open : view.turns.findLast((turn) => turn.id === turnId)

/** Whether an id is spoken for, by a turn or by a queued input. */
export const isTaken = (view: View, turnId: string): boolean =>
  findTurn(view, turnId) !== undefined || view.queue.some((item) => item.turnId === turnId)

/** The turn that settled last. */
export const lastTurn = (view: View): Turn | undefined => view.turns.at(-1)

/** The settled turns from the root to `to`, both included. A parent always settled before its child. */
export function path(view: View, to: string | null): readonly Turn[] {
  const turns: Turn[] = []
  let wanted = to
  for (let index = view.turns.length - 1; index >= 0 && wanted !== null; index--) {
    const turn = view.turns[index]
    if (turn?.id !== wanted) continue
    turns.push(turn)
    wanted = turn.parent
  }
  return turns.toReversed()
}

/** Which asking of one input this turn is, when refused ones were asked again in other words: 1 = the first. */
export function timesAsked(view: View, turnId: string): number {
  let times = 0
  for (let turn = findTurn(view, turnId); turn; times++) {
    const replaced: Turn | undefined = turn.replaces === undefined ? undefined : findTurn(view, turn.replaces)
    turn = replaced?.status === 'refused' ? replaced : undefined
  }
  return times
}
