// The facts that open turns. Turns that the chart makes have ids of the turn that they come from, and its time.
import {
  type Content,
  type Fact,
  headObstacle,
  lastTurn,
  madeRoomFor,
  refusedTurnAsking,
  type Turn,
  type View,
} from '../../src/journal/index.ts'
import type { ConversationSettings, UserSend } from './conversation.types.ts'

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
