// Where a client's message belongs. The journal has the history; what the client shows says only which message the new one follows.
import type { Conversation } from '../../index.ts'
import { branches, findTurn, followingTurn, originOf, type View } from '../../journal/index.ts'
import { shownOrigins, storedView, turnIdOf } from './messages.ts'
import type { ClientMessage } from './read-request.ts'

/** The turn that a message of a client names; `undefined` for ids that the client made itself. */
function turnOf(view: View, messageId: string | undefined): string | undefined {
  const turnId = messageId === undefined ? undefined : turnIdOf(messageId)
  return turnId !== undefined && findTurn(view, turnId) ? turnId : undefined
}

/** The branch beside a turn that is shown now: a client keeps the id of a message that it edits. */
function shownBeside(view: View, turnId: string, shown: readonly string[]): string {
  const origin = originOf(view, turnId)
  if (shown.includes(origin)) return origin
  const beside = branches(view, origin).findLast(({ turnId: other }) => shown.includes(originOf(view, other)))
  return beside ? originOf(view, beside.turnId) : turnId
}

/**
 * The turn in whose place a new message of the user is asked; `null` when it follows what was said last.
 *
 * @param messages the client's messages, the new one last
 * @param messageId the message that the client says it edits
 */
export function editedTurn(
  chat: Conversation,
  messages: readonly ClientMessage[],
  messageId: string | undefined,
): string | null {
  const view = storedView(chat)
  const shown = shownOrigins(view)
  const named = turnOf(view, messageId)
  if (named !== undefined) return shownBeside(view, named, shown)
  return turnAfter(view, shown, messages.slice(0, -1))
}

/** The turn that follows the last of these messages that is known here; `null` when none does, or none of them is known. */
function turnAfter(view: View, shown: readonly string[], before: readonly ClientMessage[]): string | null {
  for (const { id } of before.toReversed()) {
    const known = turnOf(view, id)
    if (known === undefined) continue
    const at = shown.indexOf(shownBeside(view, known, shown))
    // Another branch took its place: the new message follows what the journal has now.
    return at < 0 ? null : (shown[at + 1] ?? null)
  }
  return null
}

/** The turn that a client wants to be asked again; `undefined`: the last one. */
export function regeneratedTurn(
  chat: Conversation,
  messages: readonly ClientMessage[],
  messageId: string | undefined,
): string | undefined {
  const view = storedView(chat)
  const shown = shownOrigins(view)
  const question = messages.findLast(({ role }) => role === 'user')?.id
  const named = turnOf(view, messageId) ?? turnOf(view, question)
  if (named === undefined) return shown.at(-1)
  return lastAsking(view, shownBeside(view, named, shown))
}

/** The turn of a message that has its reply: the last one that asked the same, or other words for it. */
function lastAsking(view: View, originId: string): string {
  let turn = findTurn(view, originId)
  for (let next = turn; next; next = followingTurn(view, next))
    if (next.kind === 'user' || next.kind === 'seed') turn = next
  return turn?.id ?? originId
}
