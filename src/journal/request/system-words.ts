// The app's system message for one turn. The API accepts a `role: "system"` message after a user's message, before a reply or at
// the end; some models accept none.
import type { Turn } from '../view.ts'
import type { LeftOut } from './left-out.ts'
import type { Piece } from './pieces.ts'
import { sendableInput } from './sendable-blocks.ts'

/** Adds the system message before the first reply of a turn. Where the API would reject it, it is added as the user's words. */
export function addSystemWords(
  pieces: Piece[],
  turn: Turn,
  { takesThem, left }: { readonly takesThem: boolean; readonly left: LeftOut[] },
): void {
  const content = sendableInput(turn.system ?? '')
  if (content.length === 0) return
  const reply = pieces.findIndex(({ role }) => role === 'assistant')
  const hasPlace = reply >= 0 || turn.status === 'open'
  if (!takesThem || !hasPlace)
    left.push({ turnId: turn.id, what: 'system', why: takesThem ? withoutReply : notTakenByModel })
  const role = takesThem && hasPlace ? 'system' : 'user'
  pieces.splice(reply < 0 ? pieces.length : reply, 0, { role, content, turn, from: 'system' })
}

const withoutReply = "no reply stands behind its system message, whose words are sent as the user's"
const notTakenByModel = "the model takes no system messages: the words are sent as the user's"
