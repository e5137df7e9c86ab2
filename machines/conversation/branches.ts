// Branches: asking or editing the input of an earlier turn again.
import { type Fact, findTurn, headObstacle, isWithdrawn, type View } from '../../src/journal/index.ts'
import type { TurnBranch } from './conversation.types.ts'
import { askedAgain, type Opening } from './turn-openings.ts'

/** Why a turn can't be branched off, or `null` when it can. */
export type BranchObstacle = 'turn-unknown' | 'turn-quarantined' | 'turn-withdrawn' | 'turn-not-branchable'

/** Why the input of a turn can't be sent again or edited; `null` if it can. */
export function branchObstacle(
  view: View,
  { of, input, force }: Pick<TurnBranch, 'of' | 'input' | 'force'>,
): BranchObstacle | null {
  const turn = findTurn(view, of)
  if (!turn || turn.status === 'open') return 'turn-unknown'
  if (turn.kind === 'compaction' || turn.kind === 'continuation') return 'turn-not-branchable'
  // An edited input is a new one: it can always follow the head.
  if (input !== undefined) return null
  if (turn.status === 'refused') return 'turn-quarantined'
  if (force) return headObstacle(view, turn.parent, { force }) === null ? null : 'turn-quarantined'
  return isWithdrawn(view, of) || headObstacle(view, turn.parent) !== null ? 'turn-withdrawn' : null
}

/** Opens a turn beside another one. The head moves only when the new turn is kept. */
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
  // Metadata belongs to the input: an edited input has its own.
  const notes = metadata ?? (input === undefined ? inherited : undefined)
  const opening: Opening = {
    ...asked,
    ...(input !== undefined && system ? { system } : {}),
    ...(notes === undefined ? {} : { metadata: notes }),
  }
  return [force && headObstacle(view, parent) !== null ? { ...opening, force } : opening]
}
