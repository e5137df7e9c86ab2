import { isCompacted } from './compaction.ts'
import { inputHash } from './hash.ts'
import { hasId } from './append-only-lists.ts'
import { KeyedLists } from './keyed-lists.ts'
import type { Content } from './content.ts'
import type { HeadMoved } from './facts.ts'
import type { Ledger } from './ledger.ts'
import type { ResetPolicy } from './reset-policies.ts'
import { noRejections, type Part, partLists, type Rejections } from './rejections/rejections.ts'
import { parentOf, pathBeyond, settledBefore, settledTurn, standsFor } from './turn-index.ts'
import type { Turn } from './turn.ts'
import type { Usage } from './usage.ts'
import { noUsage } from './usage.ts'

export type { ReplyStep, Turn } from './turn.ts'

/** A message that waits for its turn. */
export interface QueuedInput {
  /** The id that its turn will have. */
  readonly turnId: string
  readonly input: Content
  /** The app's words for its turn. */
  readonly system?: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** Where the conversation stands: what `fold` makes of the facts. */
export interface View {
  readonly id: string
  /** The model that the next request goes to. */
  readonly model: string
  /** The model that the conversation returns to when the open turn, which another one is asked for, settles. */
  readonly goesBackTo: string | null
  /** Facts folded so far: the revision of the journal that this view stands for. */
  readonly revision: number
  /** The newest journal format among them: from 2 on, facts have numbers. */
  readonly format: number
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
  /** Ids of tool calls of the open turn that wait for a person to allow them. */
  readonly awaitingApproval: readonly string[]
  /** Ids of tool calls of the open turn that wait for the app's answer. */
  readonly awaitingAnswer: readonly string[]
  /** Ids of tool calls of the last reply that have begun to run. */
  readonly startedCalls: readonly string[]
  /** What was decided about calls of the last reply. */
  readonly decisions: readonly ToolDecision[]
  /** Refusals since the last completed turn; stopped and failed turns do not count. */
  readonly refusalsInARow: number
  /** Every refusal, and what was done about it. */
  readonly refusals: readonly RefusalRecord[]
  /** Refusals that the API itself answered, by going on with another model in the same request. */
  readonly hops: readonly HopRecord[]
  /** Ids of turns that were cut, and whose words were refused when they were asked again. */
  readonly sameWords: readonly string[]
  /** Hashes of the words that were refused, here or in the conversation that this one was forked from. */
  readonly refusedInputs: readonly RefusedInputHash[]
  /** The model was switched after a refusal or an outage: from which, and how many turns it has completed since. */
  readonly away: { readonly from: string; readonly turns: number } | null
  /** Turns whose first steps lost their thinking because the API did not take it any more, and how many steps. */
  readonly strippedThinking: Readonly<Record<string, number>>
  /** What the API did not take, and what requests leave out for it. */
  readonly rejections: Rejections
  readonly usage: Usage
  /** What was spent, by model. */
  readonly ledger: Ledger
}

/** What was decided about a tool call that needs approval. */
export interface ToolDecision {
  readonly callId: string
  readonly approved: boolean
  readonly reason?: string
}

export interface RefusalRecord {
  readonly turnId: string
  readonly category: string | null
  readonly model: string | null
  /** `null` as long as it is undecided. */
  readonly policy: ResetPolicy | null
  /** The turn that asked instead, if one did. */
  readonly askedInstead: string | null
  /** Whether the queue was held already. */
  readonly heldBefore: boolean
  /** Head stood at the root: nothing was left to put aside. */
  readonly nothingLeft: boolean
  /** The reset that answered it; `null` as long as it is undecided. */
  readonly reset: Pick<HeadMoved, 'to' | 'withdrawn' | 'decidedBy'> | null
}

/** A refusal within a request that another model was asked for at once, by the API itself. */
export interface HopRecord {
  readonly turnId: string
  readonly category: string | null
  /** The model that refused. */
  readonly model: string
  /** How the request ended that went on. */
  readonly result: 'answered' | 'refused' | 'failed' | 'cut'
}

export interface RefusedInputHash {
  readonly turnId: string
  readonly inputHash: string
}

export const emptyView: View = Object.freeze({
  id: '',
  model: '',
  goesBackTo: null,
  revision: 0,
  format: 1,
  turns: Object.freeze([]),
  open: null,
  head: null,
  quarantine: Object.freeze([]),
  withdrawn: Object.freeze([]),
  queue: Object.freeze([]),
  held: false,
  undecided: null,
  awaitingApproval: Object.freeze([]),
  awaitingAnswer: Object.freeze([]),
  startedCalls: Object.freeze([]),
  decisions: Object.freeze([]),
  refusalsInARow: 0,
  refusals: Object.freeze([]),
  hops: Object.freeze([]),
  sameWords: Object.freeze([]),
  refusedInputs: Object.freeze([]),
  away: null,
  strippedThinking: Object.freeze({}),
  rejections: noRejections,
  usage: noUsage,
  ledger: Object.freeze({}),
})

/** The queue's lists, by the ids of the turns to come. */
export const queues = new KeyedLists<QueuedInput>(({ turnId }) => turnId)

/** Lists of decisions, by the ids of the calls. */
export const decisionLists = new KeyedLists<ToolDecision>(({ callId }) => callId)

/** A settled or the open turn by its id. */
export const findTurn = (view: View, turnId: string): Turn | undefined =>
  view.open?.id === turnId ? view.open : settledTurn(view.turns, turnId)

/** Whether an id is spoken for, by a turn or by a queued input. */
export const isTaken = (view: View, turnId: string): boolean =>
  findTurn(view, turnId) !== undefined || queues.has(view.queue, turnId)

/** The turn with this id, if it settled before that one: `replaces` and `continues` name such turns. */
export const earlierTurn = (view: View, turn: Turn, id: string | undefined): Turn | undefined =>
  settledBefore(view.turns, turn, id)

/** The turn in whose place a compaction stands, if it does. */
export const madeRoomFor = (view: View, compaction: Turn): Turn | undefined => standsFor(view.turns, compaction)

/** The turn that settled last. */
export const lastTurn = (view: View): Turn | undefined => view.turns.at(-1)

/** The settled turns from the root to `to`, both included. A parent always settled before its child. */
export const path = (view: View, to: string | null): readonly Turn[] => pathBeyond(view.turns, to, null)

/** A reset took this turn off the path. */
export const isWithdrawn = ({ withdrawn }: Pick<View, 'withdrawn'>, turnId: string): boolean => hasId(withdrawn, turnId)

/** The askings of one input, newest first, as far back as refused ones were asked again: the turn itself is the first. */
export function askings(view: View, turnId: string): readonly Turn[] {
  const turns: Turn[] = []
  for (let turn = findTurn(view, turnId); turn;) {
    turns.push(turn)
    const replaced = earlierTurn(view, turn, turn.replaces)
    turn = replaced?.status === 'refused' ? replaced : undefined
  }
  return turns
}

/** The id for a turn that the chart makes upon another: `<turn>~<n>`. */
export function derivedId(view: View, turnId: string): string {
  const base = turnId.replace(/~\d+$/, '')
  let n = 1
  while (isTaken(view, `${base}~${n}`)) n++
  return `${base}~${n}`
}

/** The turns that a request is made of: from the last compaction on that the API takes, and the open one. */
export function requestTurns(view: View): { readonly settled: readonly Turn[]; readonly open: Turn | null } {
  const { setAside } = view.rejections
  // Without the summary, what it stands for is carried again; without its turn, that is left out with it.
  const isOut = (part: Part) => partLists.has(setAside, part)
  const isCarriedAgain = (id: string) => isOut(`compaction:${id}`) && !isOut(`turn:${id}`)
  const settled: Turn[] = []
  const last = view.open ? view.open.parent : view.head
  let turn = last === null ? undefined : settledTurn(view.turns, last)
  for (; turn; turn = parentOf(view.turns, turn)) {
    if (turn.status !== 'refused' && !hasId(view.sameWords, turn.id)) settled.push(turn)
    if (isCompacted(turn) && !isCarriedAgain(turn.id)) break
  }
  return { settled: settled.toReversed(), open: view.open }
}

/** Turns that were cut, and that had asked these words: where they are refused now, they are no better there. */
export function cutTurnsAsking(view: View, input: Content): readonly string[] {
  const words = inputHash(input)
  return view.turns
    .filter(({ kept, status, input: asked }) => kept && status !== 'completed' && inputHash(asked) === words)
    .map(({ id }) => id)
}
