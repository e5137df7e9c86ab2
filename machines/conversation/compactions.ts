// Compactions: the methods to make one, in order, and what follows one that failed.
import type { Failure } from '../../src/errors.ts'
import {
  type Block,
  derivedId,
  earlierTurn,
  findTurn,
  isWhole,
  isWindowFull,
  lastTurn,
  madeRoomFor,
  requestTurns,
  standsForBefore,
  type Turn,
  type View,
} from '../../src/journal/index.ts'
import type { ConversationContext, ConversationSettings, OverflowInput } from './conversation.types.ts'
import { noRoom, windowFull } from './failures.ts'
import { continuationOf } from './continuations.ts'
import { askedAgain, type Opening } from './turn-openings.ts'
import { saysSomething } from './worth-keeping.ts'

/** A method to make a compaction. */
interface Method {
  readonly by: 'api' | 'summary'
  /** Another model than the conversation's own. */
  readonly model?: string
}

/** The methods, in order: by the API, by a summary, by a summary from each fallback model. */
function methodsOf(
  view: View,
  { compactBy, compactionModels }: ConversationSettings,
): readonly [Method, ...(readonly Method[])] {
  const own = view.goesBackTo ?? view.model
  const others = compactionModels.filter((model) => model !== own).map((model): Method => ({ by: 'summary', model }))
  return compactBy === 'summary' ? [{ by: 'summary' }, ...others] : [{ by: 'api' }, { by: 'summary' }, ...others]
}

/** How many methods failed before this one. A new compaction begins with the first. */
function triedBefore(view: View, compaction: Turn): number {
  let tried = 0
  for (let at = compaction; at.replaces !== undefined; tried++) {
    const before = earlierTurn(view, at, at.replaces)
    if (before?.kind !== 'compaction' || !(before.isReplaced || before.status === 'refused')) break
    at = before
  }
  return tried
}

/** Opens a turn whose reply replaces everything before it. With an empty input, the API compacts. */
const opened = (
  {
    force,
    ...turn
  }: { turnId: string; at: number; parent: string | null; replaces?: string; force?: true | undefined },
  { by, model }: Method,
  { summariseWith }: ConversationSettings,
): Opening => ({
  type: 'turn.opened',
  ...turn,
  input: by === 'summary' ? summariseWith : '',
  kind: 'compaction',
  ...(model === undefined ? {} : { model }),
  ...(force ? { force } : {}),
})

/** A compaction by the first method. */
export const compactionFact = (
  view: View,
  turn: { turnId: string; at: number; parent: string | null; replaces?: string; force?: true | undefined },
  settings: ConversationSettings,
): Opening => opened(turn, methodsOf(view, settings)[0], settings)

/** The compaction that replaces a turn that overflowed, until there is room for it. */
export const overflowFact = (view: View, turn: Turn, settings: ConversationSettings): Opening =>
  compactionFact(
    view,
    {
      turnId: derivedId(view, turn.id),
      at: turn.openedAt,
      parent: turn.kept ? turn.id : turn.parent,
      replaces: turn.id,
      force: turn.force,
    },
    settings,
  )

/** Whether a compaction would make the history shorter. */
export function canCompact(view: View): boolean {
  const head = view.head === null ? undefined : findTurn(view, view.head)
  // Turns whose words were refused later are in no request, also where the app has gone back to them.
  if (requestTurns({ ...view, open: null }).settled.length === 0) return false
  // A compaction that the API rejects can be made again.
  return (
    head !== undefined && (head.kind !== 'compaction' || view.rejections.setAside.includes(`compaction:${head.id}`))
  )
}

/** Whether the request was too large, in tokens or in bytes. */
export const isTooMuch = ({ code }: Pick<Failure, 'code'>): boolean =>
  code === 'prompt-too-long' || code === 'request-too-large'

/** Whether compacting may help the open turn: there is a history before the last input, and it was not tried yet. */
export function canCompactOpen(
  { view, settings: { onStop } }: ConversationContext,
  failure: Failure | null = view.failure,
): boolean {
  const { open } = view
  if (!open) return false
  const replaced = open.replaces === undefined ? undefined : findTurn(view, open.replaces)
  if (replaced?.kind === 'compaction') return false
  // If the turn's own tool results are too large, a summary would have to contain them, or the tools would run again.
  if (failure && isTooMuch(failure)) return open.parent !== null && open.steps.length === 0
  return open.parent !== null || (onStop === 'keep' && saysSomething(view))
}

/** Whether a reply is a complete compaction. */
export const isCompaction = (turn: Turn, content: readonly Block[], stopReason: string): boolean =>
  standsForBefore(turn, content) && (turn.input.length === 0 || isWhole(stopReason))

/** Whether other methods would fail as well: the account is the cause, or the history is too long to be read. */
const endsTheSearch = (cause: Failure['code'] | undefined): boolean =>
  cause !== undefined &&
  (isTooMuch({ code: cause }) ||
    ['authentication-failed', 'billing-failed', 'spend-limit-reached', 'budget-exceeded'].includes(cause))

/** Asks again the turn that a compaction was to make room for, without it: what is too much is left out instead. */
function askWithoutCompaction(
  view: View,
  compaction: Turn,
  { continueWith }: ConversationSettings,
): readonly Opening[] {
  const turn = madeRoomFor(view, compaction)
  if (!turn) return []
  const opening = turn.kept
    ? continuationOf(view, turn, turn.id, continueWith)
    : askedAgain(turn, { turnId: derivedId(view, turn.id), at: turn.openedAt, parent: turn.parent, force: turn.force })
  return [{ ...opening, replaces: compaction.id }]
}

/**
 * The turn that follows a failed compaction: by the next method, and after the last one the turn that it was to make room for,
 * without it. Empty when the user had asked for it and no method is left.
 *
 * @param cause The code of the failure; `undefined` for a refused compaction.
 */
export function afterCompaction(
  view: View,
  compaction: Turn,
  settings: ConversationSettings,
  cause: Failure['code'] | undefined,
): readonly Opening[] {
  const next = endsTheSearch(cause) ? undefined : methodsOf(view, settings)[triedBefore(view, compaction) + 1]
  const { id, parent, openedAt: at, force } = compaction
  return next
    ? [opened({ turnId: derivedId(view, id), at, parent, replaces: id, force }, next, settings)]
    : askWithoutCompaction(view, compaction, settings)
}

/** The same for the last turn, if it is a failed compaction that is replaced. */
export function afterFailedCompaction(view: View, settings: ConversationSettings): readonly Opening[] {
  const turn = lastTurn(view)
  return turn?.kind === 'compaction' && turn.status === 'failed' && turn.isReplaced
    ? afterCompaction(view, turn, settings, turn.failure?.causedBy ?? turn.failure?.code)
    : []
}

/** The turn that a completed compaction made room for. */
function overflowedTurn(view: View): Turn | undefined {
  const turn = lastTurn(view)
  return turn?.kind === 'compaction' && turn.status === 'completed' ? madeRoomFor(view, turn) : undefined
}

export const isToBeResumed = (view: View): boolean => overflowedTurn(view) !== undefined

/** Asks again the turn that there was no room for. A turn that is kept is continued instead. */
export function resumptionFacts(view: View, { continueWith }: ConversationSettings): readonly Opening[] {
  const turn = overflowedTurn(view)
  const compaction = lastTurn(view)
  if (!turn || !compaction) return []
  const opening = turn.kept
    ? continuationOf(view, turn, compaction.id, continueWith)
    : askedAgain(turn, { turnId: derivedId(view, turn.id), at: turn.openedAt, parent: compaction.id })
  return [{ ...opening, replaces: compaction.id }]
}

/** The input of the `decideOverflow` slot. */
export const overflowToDecide = ({ view }: ConversationContext): OverflowInput => ({
  turnId: view.open?.id ?? '',
  model: view.model,
  failure: overflowFailure(view),
})

/** Why there is no room for the open turn: its request was too large, or the window filled up in mid-reply. */
export const overflowFailure = ({ failure, open }: View): Failure =>
  failure ?? (isWindowFull(lastStopReason(open)) ? windowFull : noRoom)

const lastStopReason = (open: Turn | null): string =>
  open?.steps.findLast((step) => step.role === 'assistant')?.stopReason ?? ''
