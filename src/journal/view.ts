import { isCompacted } from './compaction.ts'
import { inputHash } from './hash.ts'
import { hasId } from './append-only-lists.ts'
import { KeyedLists } from './keyed-lists.ts'
import type { Content } from './content.ts'
import type { Failure } from '../errors.ts'
import type { Budget } from './budget.ts'
import type { HeadMoved, ResetCause } from './facts.ts'
import type { Ledger } from './ledger.ts'
import type { ResetPolicy } from './reset-policies.ts'
import { noRejections, type Part, partLists, type Rejections } from './rejections/rejections.ts'
import { parentOf, pathBeyond, settledBefore, settledTurn, standsFor } from './turn-index.ts'
import type { Turn } from './turn.ts'
import type { Usage } from './usage.ts'
import { noUsage } from './usage.ts'

export type { ReplyStep, Turn } from './turn.ts'

/** A message in the queue. */
export interface QueuedInput {
  /** The id of its future turn. */
  readonly turnId: string
  readonly input: Content
  /** The app's system message for its turn. */
  readonly system?: Content
  readonly at: number
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** The state of a conversation, computed from its facts by `fold`. */
export interface View {
  readonly id: string
  /** The model of the next request. */
  readonly model: string
  /** The model that the conversation returns to after the open turn, if that one turn uses another model. */
  readonly goesBackTo: string | null
  /** The number of facts folded so far: the revision of the journal. */
  readonly revision: number
  /** The newest journal format among the facts: from 2 on, facts have numbers. */
  readonly format: number
  /** Settled turns in the order in which they settled. */
  readonly turns: readonly Turn[]
  readonly open: Turn | null
  /** The last turn that the model may build on. */
  readonly head: string | null
  /** Ids of refused turns, which are never on a path again. */
  readonly quarantine: readonly string[]
  /** The turns that a reset withdrew from the path, by id, and what it was for. */
  readonly withdrawn: Readonly<Record<string, ResetCause>>
  readonly queue: readonly QueuedInput[]
  /** The number of the request that is made next, or is under way, in its turn: from 1, whatever becomes of each. */
  readonly attempt: number
  /** The number of that attempt at the current reply, from 1. */
  readonly tries: number
  /** Why the last attempt failed or was rejected, or why the last turn did not complete; `null` since another one began. */
  readonly failure: Failure | null
  /** Whether the last request was rejected, and nothing has followed yet. */
  readonly isRejected: boolean
  /** The limits that were set; `null` while those of the option apply. */
  readonly budget: Budget | null
  /** Whether the queue waits for `queue.released`: the turn before it was refused or failed, or the conversation was loaded. */
  readonly held: boolean
  /** The refused turn that no reset has followed yet. */
  readonly undecided: string | null
  /** Ids of tool calls of the open turn that wait for approval by a person. */
  readonly awaitingApproval: readonly string[]
  /** Ids of tool calls of the open turn that wait for the app's answer. */
  readonly awaitingAnswer: readonly string[]
  /** Ids of tool calls of the last reply that have begun to run. */
  readonly startedCalls: readonly string[]
  /** The decisions about calls of the last reply. */
  readonly decisions: readonly ToolDecision[]
  /** Refusals since the last completed turn; stopped and failed turns do not count. */
  readonly refusalsInARow: number
  /** Every refusal, with its policy. */
  readonly refusals: readonly RefusalRecord[]
  /** Refusals after which the API itself continued with another model in the same request. */
  readonly hops: readonly HopRecord[]
  /** Ids of cut turns whose input was refused when it was asked again. */
  readonly sameWords: readonly string[]
  /** Hashes of refused inputs, of this conversation and of the one that it was forked from. */
  readonly refusedInputs: readonly RefusedInputHash[]
  /** After a switch because of a refusal or an outage: the original model, and the number of turns completed since. */
  readonly away: { readonly from: string; readonly turns: number } | null
  /** Turns whose first steps lost their thinking because the API no longer accepted it, with the number of steps. */
  readonly strippedThinking: Readonly<Record<string, number>>
  /** What the API rejected, and what requests leave out because of it. */
  readonly rejections: Rejections
  readonly usage: Usage
  /** The spending by model. */
  readonly ledger: Ledger
}

/** The decision about a tool call that needs approval. */
export interface ToolDecision {
  readonly callId: string
  readonly approved: boolean
  readonly reason?: string
}

export interface RefusalRecord {
  readonly turnId: string
  readonly category: string | null
  readonly model: string | null
  /** `null` while it is undecided. */
  readonly policy: ResetPolicy | null
  /** The turn that was asked instead, if any. */
  readonly askedInstead: string | null
  /** Whether the queue was already held before the refusal. */
  readonly heldBefore: boolean
  /** Head stood at the root: nothing was left to put aside. */
  readonly nothingLeft: boolean
  /** Whether a person decides about it, or did. */
  readonly isDeferred: boolean
  /** The reset that answered it; `null` as long as it is undecided. */
  readonly reset: Pick<HeadMoved, 'to' | 'withdrawn' | 'decidedBy'> | null
}

/** A refusal within a request that the API itself continued with another model. */
export interface HopRecord {
  readonly turnId: string
  readonly category: string | null
  /** The model that refused. */
  readonly model: string
  /** How the continued request ended. */
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
  withdrawn: Object.freeze({}),
  queue: Object.freeze([]),
  attempt: 1,
  tries: 1,
  failure: null,
  isRejected: false,
  budget: null,
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

/** Lists of queued inputs, keyed by the ids of their future turns. */
export const queues = new KeyedLists<QueuedInput>(({ turnId }) => turnId)

/** Lists of decisions, keyed by call id. */
export const decisionLists = new KeyedLists<ToolDecision>(({ callId }) => callId)

/** The settled or open turn with this id. */
export const findTurn = (view: View, turnId: string): Turn | undefined =>
  view.open?.id === turnId ? view.open : settledTurn(view.turns, turnId)

/** Whether an id is used by a turn or a queued input. */
export const isTaken = (view: View, turnId: string): boolean =>
  findTurn(view, turnId) !== undefined || queues.has(view.queue, turnId)

/** The turn with this id, if it settled before that one: `replaces` and `continues` name such turns. */
export const earlierTurn = (view: View, turn: Turn, id: string | undefined): Turn | undefined =>
  settledBefore(view.turns, turn, id)

/** The turn that a compaction was made for, if any. */
export const madeRoomFor = (view: View, compaction: Turn): Turn | undefined => standsFor(view.turns, compaction)

/** The turn that settled last. */
export const lastTurn = (view: View): Turn | undefined => view.turns.at(-1)

/** The settled turns from the root to `to`, including `to`. A parent always settles before its children. */
export const path = (view: View, to: string | null): readonly Turn[] => pathBeyond(view.turns, to, null)

/** Whether a reset withdrew this turn from the path. */
export const isWithdrawn = ({ withdrawn }: Pick<View, 'withdrawn'>, turnId: string): boolean =>
  Object.hasOwn(withdrawn, turnId)

/** The turns that asked one input again after refusals, newest first, beginning with the turn itself. */
export function askings(view: View, turnId: string): readonly Turn[] {
  const turns: Turn[] = []
  for (let turn = findTurn(view, turnId); turn;) {
    turns.push(turn)
    const replaced = earlierTurn(view, turn, turn.replaces)
    turn = replaced?.status === 'refused' ? replaced : undefined
  }
  return turns
}

/** The id of a turn that the chart derives from another one: `<turn>~<n>`. */
export function derivedId(view: View, turnId: string): string {
  const base = turnId.replace(/~\d+$/, '')
  let n = 1
  while (isTaken(view, `${base}~${n}`)) n++
  return `${base}~${n}`
}

/** The turns of a request: from the last compaction that the API accepts, and the open turn. */
export const requestTurns = (view: View): { readonly settled: readonly Turn[]; readonly open: Turn | null } => ({
  settled: settledTurns(view, () => false).turns,
  open: view.open,
})

/** The settled turns of a request, and the turn that they end with, which may not be one of them. */
export function settledTurns(
  view: View,
  /** Whether the walk back from the end may stop here: only the turns after this one are wanted. */
  isKnown: (turn: Turn) => boolean,
): { readonly end: Turn | undefined; readonly turns: readonly Turn[] } {
  const { setAside } = view.rejections
  // If only the summary is left out, the turns before it are carried again; if its turn is left out, they are not.
  const isOut = (part: Part) => partLists.has(setAside, part)
  const isCarriedAgain = (id: string) => isOut(`compaction:${id}`) && !isOut(`turn:${id}`)
  const turns: Turn[] = []
  const last = view.open ? view.open.parent : view.head
  const end = last === null ? undefined : settledTurn(view.turns, last)
  for (let turn = end; turn && !isKnown(turn); turn = parentOf(view.turns, turn)) {
    if (turn.status !== 'refused' && !hasId(view.sameWords, turn.id)) turns.push(turn)
    if (isCompacted(turn) && !isCarriedAgain(turn.id)) break
  }
  return { end, turns: turns.toReversed() }
}

/** Ids of cut turns with this input. If the input is refused now, these turns have to leave too. */
export function cutTurnsAsking(view: View, input: Content): readonly string[] {
  const words = inputHash(input)
  return view.turns
    .filter(({ kept, status, input: asked }) => kept && status !== 'completed' && inputHash(asked) === words)
    .map(({ id }) => id)
}
