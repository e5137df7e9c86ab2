// The facts that open turns. Turns that the chart makes have ids of the turn that they come from, and its time.
import {
  type Content,
  derivedId,
  earlierTurn,
  type Fact,
  findTurn,
  hasText,
  headObstacle,
  isCut,
  isWithdrawn,
  lastTurn,
  madeRoomFor,
  refusedTurnAsking,
  type Turn,
  type View,
} from '../../src/journal/index.ts'
import type { ConversationSettings, TurnBranch, UserSend } from './conversation.types.ts'

/** The fact that opens a turn. */
export type Opening = Extract<Fact, { type: 'turn.opened' }>

/** A turn for this input, after head. */
export const turnFor = (view: View, event: Omit<UserSend, 'type' | 'partial'>): Opening => ({
  type: 'turn.opened',
  turnId: event.turnId,
  parent: view.head,
  input: event.input,
  ...(event.system ? { system: event.system } : {}),
  at: event.at,
  ...(event.metadata ? { metadata: event.metadata } : {}),
})

/** The next message in the queue and the turn that was refused with its words, where such words are not asked again. */
export function blockedInput(
  view: View,
  { resendRefused }: ConversationSettings,
): { readonly turnId: string; readonly refusedTurnId: string } | undefined {
  const next = resendRefused === 'block' ? view.queue[0] : undefined
  const refusedTurnId = next && refusedTurnAsking(view, next.input)
  return next && refusedTurnId !== undefined ? { turnId: next.turnId, refusedTurnId } : undefined
}

/** The last turn, if its input may be asked again as it is. */
export function retryableTurn(view: View): Turn | undefined {
  const last = lastTurn(view)
  // A summary that was refused was not what the user asked.
  const turn = last?.kind === 'compaction' && last.status === 'refused' ? madeRoomFor(view, last) : last
  if (!turn || turn.status === 'completed' || turn.status === 'refused') return undefined
  // A summary, or the rest of a reply, makes sense only where it stood.
  const isFree = turn.kind === 'user' || turn.kind === 'seed'
  return isFree || headObstacle(view, turn.parent) === null ? turn : undefined
}

/** A turn that asks what another one asked, in its place or beside it. */
export const askedAgain = (
  turn: Turn,
  as: { turnId: string; at: number; parent: string | null; input?: Content; force?: true | undefined },
): Opening => ({
  type: 'turn.opened',
  turnId: as.turnId,
  parent: as.parent,
  input: as.input ?? turn.input,
  at: as.at,
  // Other words are the user's own. What the app said beside those before them went out with what was refused, or is about them.
  ...(as.input === undefined || as.input === turn.input ? inheritedFrom(turn) : {}),
  ...(turn.metadata === undefined ? {} : { metadata: turn.metadata }),
  ...(as.force ? { force: as.force } : {}),
})

const inheritedFrom = ({ kind, continues, system }: Turn) => ({
  ...(system === undefined ? {} : { system }),
  ...(kind === 'compaction' || kind === 'continuation' ? { kind } : {}),
  ...(continues === undefined ? {} : { continues }),
})

/** Where a turn is asked again: where it stood, or on head if that can't be built on any more. */
export const parentFor = (view: View, turn: Turn): string | null =>
  headObstacle(view, turn.parent, { force: turn.force ?? false }) === null ? turn.parent : view.head

/** Why a turn can't be branched off, or `null` when it can. */
export type BranchObstacle = 'turn-unknown' | 'turn-quarantined' | 'turn-withdrawn' | 'turn-not-branchable'

/** Why a turn can not be asked again or edited as given; `null` if it can. */
export function branchObstacle(
  view: View,
  { of, input, force }: Pick<TurnBranch, 'of' | 'input' | 'force'>,
): BranchObstacle | null {
  const turn = findTurn(view, of)
  if (!turn || turn.status === 'open') return 'turn-unknown'
  if (turn.kind === 'compaction' || turn.kind === 'continuation') return 'turn-not-branchable'
  // Other words are an input of their own: they can always be asked upon head.
  if (input !== undefined) return null
  if (turn.status === 'refused') return 'turn-quarantined'
  if (force) return headObstacle(view, turn.parent, { force }) === null ? null : 'turn-quarantined'
  return isWithdrawn(view, of) || headObstacle(view, turn.parent) !== null ? 'turn-withdrawn' : null
}

/** Opens a turn beside another. Head stays where it is until the new turn is kept. */
export function branchFacts(
  view: View,
  { turnId, of, input, system, metadata, at, force }: TurnBranch,
): readonly Fact[] {
  const turn = findTurn(view, of)
  if (!turn) return []
  const isOut = turn.status === 'refused' || isWithdrawn(view, of) || headObstacle(view, turn.parent) !== null
  const staysOut = isOut && !(force && headObstacle(view, turn.parent, { force }) === null)
  const parent = input !== undefined && staysOut ? view.head : turn.parent
  const { metadata: inherited, ...asked } = askedAgain(turn, {
    turnId,
    at,
    parent,
    ...(input === undefined ? {} : { input }),
  })
  // The notes on a message are about its words: other words have notes of their own.
  const notes = metadata ?? (input === undefined ? inherited : undefined)
  const opening: Opening = {
    ...asked,
    ...(input !== undefined && system ? { system } : {}),
    ...(notes === undefined ? {} : { metadata: notes }),
  }
  return [force && headObstacle(view, parent) !== null ? { ...opening, force } : opening]
}

/** There are words to go on from: structured output that was cut is not sent back, and a cut thought says nothing. */
function canGoOnFrom(turn: Turn): boolean {
  const reply = turn.steps.findLast((step) => step.role === 'assistant')
  return reply !== undefined && isCut(reply.stopReason) && !reply.structured && hasText(reply.content)
}

/** Whether the turn that has just completed was cut, and is to be continued. */
export function isToBeContinued(view: View, { onTruncated, maxContinuations }: ConversationSettings): boolean {
  const turn = lastTurn(view)
  return (
    onTruncated === 'continue' &&
    turn?.status === 'completed' &&
    turn.kind !== 'compaction' &&
    canGoOnFrom(turn) &&
    timesContinued(view, turn) < maxContinuations
  )
}

function timesContinued(view: View, turn: Turn): number {
  let times = 0
  for (let at: Turn | undefined = turn; at?.continues !== undefined; at = earlierTurn(view, at, at.continues)) times++
  return times
}

/** Never a prefill, which current models do not take: the model is asked, in words, for the rest. */
export function continuationFacts(view: View, { continueWith }: ConversationSettings): readonly Fact[] {
  const turn = lastTurn(view)
  return turn ? [continuationOf(view, turn, turn.id, continueWith)] : []
}

/** A turn that asks for the rest of another one. */
export const continuationOf = (view: View, turn: Turn, parent: string | null, input: string): Opening => ({
  type: 'turn.opened',
  turnId: derivedId(view, turn.id),
  parent,
  input,
  at: turn.openedAt,
  kind: 'continuation',
  continues: turn.id,
})
