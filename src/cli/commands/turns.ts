// Turns by number, in the order in which they settled, from 1.
import type { Conversation } from '../../conversation/conversation-interface.ts'
import { findTurn, path, type Turn } from '../../journal/index.ts'
import { quoted } from '../explain.ts'

const viewOf = ({ actor }: Conversation) => actor.getSnapshot().context.view

/** The turn with a number; `null` for none. */
export function readTurn(number: string, conversation: Conversation): Turn | null {
  return /^\d+$/.test(number) ? (viewOf(conversation).turns[Number(number) - 1] ?? null) : null
}

/** One line for each turn: its number, its input, the turn before it, and its status. */
export function describeTurns(conversation: Conversation): readonly string[] {
  const view = viewOf(conversation)
  const onPath = new Set(path(view, view.head).map(({ id }) => id))
  const numberOf = (id: string) => view.turns.findIndex((turn) => turn.id === id) + 1
  return view.turns.map((turn, index) => {
    const after = turn.parent === null ? 0 : numberOf(turn.parent)
    // Omitted if it is the turn above.
    const place = after === index ? '' : after === 0 ? ' at the beginning,' : ` after ${after},`
    const what = turn.kind === 'continuation' ? `the rest of ${numberOf(turn.continues ?? '')}` : quoted(view, turn.id)
    const here = turn.id === view.head ? '  ← the next message goes here' : ''
    return `${onPath.has(turn.id) ? '*' : ' '} ${String(index + 1).padStart(2)}  ${what},${place} ${ending(turn, conversation)}${here}`
  })
}

function ending({ id, status }: Turn, conversation: Conversation): string {
  const obstacle = conversation.branches(id).find(({ turnId }) => turnId === id)?.obstacle
  switch (obstacle) {
    case 'turn-quarantined':
      return status === 'refused' ? 'refused' : `${status}, after a refused one`
    case 'turn-withdrawn':
      return `${status}, put aside by a reset`
    case 'turn-not-kept':
      return `${status}, nothing kept`
    default:
      return findTurn(viewOf(conversation), id)?.kind === 'compaction' ? 'replaces everything before it' : status
  }
}
