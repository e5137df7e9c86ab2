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

/** Opens a turn for this input, after the head. */
export const turnFor = (view: View, event: Omit<UserSend, 'type' | 'partial'>): Opening => ({
  type: 'turn.opened',
  turnId: event.turnId,
  parent: view.head,
  input: event.input,
  ...(event.system ? { system: event.system } : {}),
  at: event.at,
  ...(event.metadata ? { metadata: event.metadata } : {}),
})

/** The next message in the queue and the turn in which its input was refused, if `resendRefused` is `block`. */
export function blockedInput(
  view: View,
  { resendRefused }: ConversationSettings,
): { readonly turnId: string; readonly refusedTurnId: string } | undefined {
  const next = resendRefused === 'block' ? view.queue[0] : undefined
  const refusedTurnId = next && refusedTurnAsking(view, next.input)
  return next && refusedTurnId !== undefined ? { turnId: next.turnId, refusedTurnId } : undefined
}

/** The last turn, if its input may be sent again unchanged. */
export function retryableTurn(view: View): Turn | undefined {
  const last = lastTurn(view)
  // A compaction that was refused, or after which nothing was asked, was not what the user asked.
  const isAside = last?.kind === 'compaction' && (last.status === 'refused' || last.status === 'completed')
  const turn = isAside ? madeRoomFor(view, last) : last
  if (!turn || turn.status === 'completed' || turn.status === 'refused') return undefined
  // A compaction or a continuation makes sense only after its own parent.
  const isFree = turn.kind === 'user' || turn.kind === 'seed'
  return isFree || headObstacle(view, turn.parent) === null ? turn : undefined
}

/** Opens a turn with the input of another one, in its place or beside it. */
export const askedAgain = (
  turn: Turn,
  as: { turnId: string; at: number; parent: string | null; input?: Content; force?: true | undefined },
): Opening => ({
  type: 'turn.opened',
  turnId: as.turnId,
  parent: as.parent,
  input: as.input ?? turn.input,
  at: as.at,
  // An edited input does not inherit `system`: it was given for the old input, and went out with what was refused.
  ...(as.input === undefined || as.input === turn.input ? inheritedFrom(turn) : {}),
  ...(turn.metadata === undefined ? {} : { metadata: turn.metadata }),
  ...(as.force ? { force: as.force } : {}),
})

const inheritedFrom = ({ kind, continues, system }: Turn) => ({
  ...(system === undefined ? {} : { system }),
  ...(kind === 'compaction' || kind === 'continuation' ? { kind } : {}),
  ...(continues === undefined ? {} : { continues }),
})

/** The parent of a turn that is asked again: its own, or the head if its own may not be the head any more. */
export const parentFor = (view: View, turn: Turn): string | null =>
  headObstacle(view, turn.parent, { force: turn.force ?? false }) === null ? turn.parent : view.head
