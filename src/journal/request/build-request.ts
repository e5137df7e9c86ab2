// Builds the messages of every request. No other code does, so that each request keeps these rules of the API:
//   H1  Every tool_use is followed by its tool_result, first in the next user message, on every path; a settled
//       turn leaves no unresolved server tool use, and no call that names one as its caller.
//   H2  No empty content, no empty text block, no whitespace-only final assistant text; an empty completed reply
//       leaves only its user message.
//   H3  No open or unsigned thinking block, no open tool call, no partial structured output.
//   H4  Thinking is replayed unmodified, or dropped as a whole up to the point from which the target accepts it. If a block of
//       a reply is left out, so is the thinking bound to it; no two thinking blocks become neighbours.
//   H5  No quarantined turn.
//   H6  At most four cache breakpoints, in messages, tools and system prompt together.
//   H7  `fallback`, `compaction` and server tool blocks obey their echo rules.
//   H8  Ids of tool calls are unique. Names and ids that the API rejects are replaced, in the same way in every request.
//   H9  A part that the API rejected and that was set aside is replaced by one short line.
//   H10 No text holds half of a surrogate pair; the input of a call is an object; an error result holds text only.
//   H11 A system message follows a user's message, before a reply or at the end. Elsewhere it is sent as the user's words.
// The rules are the Messages API's own ("what makes a history un-sendable"); the simulator checks each of them.
// What the settled turns of a path contribute is kept and grows with the path, so that a request costs what is new in it.
import type { Message } from '../content.ts'
import { requestTurns, type Turn, type View } from '../view.ts'
import { limitBreakpoints } from './cache-breakpoints.ts'
import type { LeftOut } from './left-out.ts'
import { withLastCompaction } from './last-compaction.ts'
import { type Made, madeOf, Terms } from './makings.ts'
import { MessageList } from './messages.ts'
import type { Piece } from './pieces.ts'
import { rememberedTurns } from './remembered-turns.ts'
import { piecesOfTurn } from './replay-turn.ts'
import { mostBreakpoints, ownMessages } from './request-part.ts'
import type { RequestTarget } from './request-target.ts'
import { keptPart } from './settled-part.ts'
import { UsedIds } from './unique-ids.ts'

export type { LeftOut } from './left-out.ts'
export type { RequestTarget } from './request-target.ts'

/** The messages of the next request, and what the request needs to carry them. */
export interface BuiltRequest {
  readonly messages: readonly Message[]
  /** `anthropic-beta` values that these messages need. */
  readonly betas: readonly string[]
  /** The container of the last reply on the path that left one. */
  readonly container: string | null
  readonly left: readonly LeftOut[]
}

/** The beta header that every request with a compaction block needs. */
export const compactionBeta = 'compact-2026-09-04'

/** The pieces of a request, in their order. */
export function piecesOf(
  view: View,
  target: RequestTarget,
): { readonly pieces: readonly Piece[]; readonly left: readonly LeftOut[] } {
  const { made, leftFirst } = madeOf(turnsOf(view), new Terms(view, target))
  return {
    pieces: made.flatMap(({ replays, making }) => piecesOfTurn(replays.turn, making).pieces),
    left: leftOf(made, leftFirst),
  }
}

/** The messages for the path from the root to head, and the open turn. */
export function buildRequest(view: View, target: RequestTarget): BuiltRequest {
  const terms = new Terms(view, target)
  const { compactions, container, messages, left } = keptPart(view, terms) ?? madeTogether(view, terms)
  return {
    messages,
    betas: compactions > 0 ? [target.compactionBeta ?? compactionBeta] : [],
    container: unlessSetAside(view, container),
    // The kept one grows.
    left: [...left],
  }
}

/** All turns looked at together: what one contributes may depend on the turns after it. */
function madeTogether(view: View, terms: Terms) {
  const { made, leftFirst } = madeOf(turnsOf(view), terms)
  const left = leftOf(made, leftFirst)
  const compactions = made.reduce((sum, { replay }) => sum + replay.compactions, 0)
  const used = new UsedIds()
  const own = made.map((each) => ownMessages(each, used))
  const marked = compactions > 1 ? withLastCompaction(own) : own
  const most = mostBreakpoints - (terms.target.cacheBreakpoints ?? 0)
  const list = new MessageList()
  for (const ofTurn of withFewBreakpoints(made, marked, most, left)) for (const message of ofTurn) list.add(message)
  return {
    messages: list.messages,
    left,
    compactions,
    container: made.findLast(({ replays }) => replays.container !== null)?.replays.container ?? null,
  }
}

const leftOf = (made: readonly Made[], leftFirst: readonly LeftOut[]): LeftOut[] => [
  ...leftFirst,
  ...made.flatMap(({ replay }) => replay.left),
]

function turnsOf(view: View): readonly Turn[] {
  const { settled, open } = requestTurns(view)
  return open ? [...settled, open] : settled
}

/** Keeps the newest `most` cache breakpoints. */
function withFewBreakpoints(
  made: readonly Made[],
  messages: (readonly Message[])[],
  most: number,
  left: LeftOut[],
): readonly (readonly Message[])[] {
  let room = Math.max(0, most)
  let excess = 0
  let oldest = ''
  for (let index = made.length - 1; index >= 0; index--) {
    const { replay, replays } = made[index] ?? {}
    const ofTurn = messages[index]
    if (!replay || !replays || !ofTurn || replay.breakpoints === 0) continue
    const kept = Math.min(room, replay.breakpoints)
    room -= kept
    if (kept === replay.breakpoints) continue
    excess += replay.breakpoints - kept
    oldest = replays.turn.id
    messages[index] = kept === 0 ? replays.unmarked(ofTurn) : limitBreakpoints(ofTurn, kept)
  }
  if (excess > 0)
    left.push({
      turnId: oldest,
      what: 'cache-breakpoint',
      why: `${excess} more than the API accepts; the oldest were left out`,
    })
  return messages
}

/** The container, unless it was set aside because the API no longer has it. */
export function containerOf(view: View): string | null {
  const { settled, open } = requestTurns(view)
  const turns = open ? [...settled, open] : settled
  for (let index = turns.length - 1; index >= 0; index--) {
    const turn = turns[index]
    const container = turn ? rememberedTurns(turn).container : null
    if (container !== null) return unlessSetAside(view, container)
  }
  return null
}

const unlessSetAside = ({ rejections }: View, container: string | null): string | null =>
  container !== null && rejections.setAside.includes(`container:${container}`) ? null : container
