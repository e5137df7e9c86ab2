// Makes what is sent to the model. Nothing else makes requests, and what it makes is always accepted:
//   H1  Every tool_use is followed by its tool_result, first in the next user message, on every path; a settled
//       turn leaves no unresolved server tool use.
//   H2  No empty content, no empty text block, no whitespace-only final assistant text; an empty completed reply
//       leaves only its user message.
//   H3  An open or unsigned thinking block, an open tool call and a partial structured output are never in it.
//   H4  Thinking is replayed unmodified, or dropped as a whole up to the point where the target can take it.
//   H5  No quarantined turn.
//   H6  At most four cache breakpoints.
//   H7  `fallback`, `compaction` and server tool blocks obey their echo rules.
//   H8  Ids of tool calls are unique.
//   H9  What the API rejected and was set aside stands as one short line.
// The rules are the Messages API's own ("what makes a history un-sendable"); the simulator checks each of them.

import { type Block, type Message, plainText, toBlocks, toolCallId } from '../content.ts'
import { type StepsKind, stepsLeftOut } from '../rejections/parts.ts'
import { requestTurns, type Turn, type View } from '../view.ts'
import { limitCacheBreakpoints } from './cache-breakpoints.ts'
import { callsLine, lostResult, mediaLine, stepsLine, turnLine } from './lines.ts'
import { type Piece, toMessages } from './pieces.ts'
import { replayReply, withoutReplaced } from './replay-reply.ts'
import { acceptableThinking, isThinking } from './thinking.ts'
import { resultsFor, uniqueToolIds } from './tool-results.ts'

/** What the request is for: thinking and cache breakpoints depend on it. */
export interface RequestTarget {
  readonly model: string
  /** Hash of the system prompt and the tools: signed thinking is bound to them. */
  readonly promptHash: string
  /** Cache breakpoints that stand outside of the messages. Default 0. */
  readonly cacheBreakpoints?: number
  /** `anthropic-beta` value for compaction blocks. */
  readonly compactionBeta?: string
}

/** What the API did not take: a turn, what is not text in its input or its replies, results of tools, or all its steps. */
type SetAside = 'turn' | 'media' | StepsKind

/** Something on the path that could not be sent, and why. */
export interface LeftOut {
  readonly turnId: string
  readonly what: 'thinking' | 'text' | 'tool-call' | 'server-tool' | 'reply' | 'cache-breakpoint' | SetAside
  readonly why: string
}

export interface BuiltRequest {
  readonly messages: readonly Message[]
  /** `anthropic-beta` values that these messages need. */
  readonly betas: readonly string[]
  /** The container of the last reply on the path that left one. */
  readonly container: string | null
  readonly left: readonly LeftOut[]
}

/** Beta header that every request with a compaction block needs, as of today. */
export const compactionBeta = 'compact-2026-09-04'

/** The pieces of a request, in their order. */
export function piecesOf(
  view: View,
  target: RequestTarget,
): { readonly pieces: readonly Piece[]; readonly left: LeftOut[] } {
  const { settled, open } = requestTurns(view)
  const turns = open ? [...settled, open] : settled
  const left: LeftOut[] = []
  const setAside: ReadonlySet<string> = new Set(view.rejections.setAside)
  const thinking = acceptableThinking(turns, target, view.strippedThinking, left)
  const pieces: Piece[] = []
  for (const turn of turns) appendTurn(pieces, turn, { thinking, setAside, left })
  return { pieces, left }
}

/** The messages for the path from the root to head, and the open turn. */
export function buildRequest(view: View, target: RequestTarget): BuiltRequest {
  const { pieces, left } = piecesOf(view, target)
  let messages: Message[] = uniqueToolIds(toMessages(pieces))
  messages = limitCacheBreakpoints(messages, 4 - (target.cacheBreakpoints ?? 0), (why) =>
    left.push({ turnId: pieces.at(0)?.turn.id ?? '', what: 'cache-breakpoint', why }),
  )
  const compacted = messages.some((message) => hasBlock(message, 'compaction'))
  return {
    messages,
    betas: compacted ? [target.compactionBeta ?? compactionBeta] : [],
    container: containerOf(view),
    left,
  }
}

interface Making {
  readonly thinking: ReadonlySet<object>
  readonly setAside: ReadonlySet<string>
  readonly left: LeftOut[]
}

const notTaken = 'the API did not take it'

function appendTurn(pieces: Piece[], turn: Turn, making: Making): void {
  const { setAside, left } = making
  const line = (text: string) => void pieces.push({ role: 'user', content: text, turn, from: 'line' })
  if (turn.status !== 'open' && setAside.has(`turn:${turn.id}`)) {
    left.push({ turnId: turn.id, what: 'turn', why: notTaken })
    return line(turnLine(turn))
  }
  if (turn.kind === 'compaction' && turn.status !== 'open') return void pieces.push(compactionPiece(turn))
  if (turn.input.length > 0) pieces.push({ role: 'user', content: inputOf(turn, making), turn, from: 'input' })
  const gone = (kind: StepsKind): number => {
    const count = stepsLeftOut(setAside, turn.id, kind)
    if (count > 0) left.push({ turnId: turn.id, what: kind, why: notTaken })
    return count
  }
  const steps = gone('steps')
  if (steps > 0) line(stepsLine(turn, steps))
  appendSteps(pieces, turn, making, { steps, calls: gone('calls'), results: gone('results') })
}

function inputOf(turn: Turn, { setAside, left }: Making): Turn['input'] {
  if (typeof turn.input === 'string' || !setAside.has(`media:${turn.id}`)) return turn.input
  left.push({ turnId: turn.id, what: 'media', why: notTaken })
  return turn.input.map((block) => (block.type === 'text' ? block : mediaLine(block)))
}

function appendSteps(
  pieces: Piece[],
  turn: Turn,
  { thinking, left }: Making,
  gone: Readonly<Record<StepsKind, number>>,
): void {
  turn.steps.forEach((step, index) => {
    // Results stand with the reply that asked for them.
    if (step.role === 'user' || index < gone.steps) return
    const later = turn.steps.slice(index + 1)
    const nextReply = later.findIndex(({ role }) => role === 'assistant')
    const whole = replayReply(turn, step, thinking.has(step), left)
    const losesCalls = index < gone.calls
    const content = losesCalls ? whole.filter((block) => block.type === 'text' || isThinking(block)) : whole
    if (!content.every(isThinking)) appendReply(pieces, turn, content, left)
    // The model goes on from a message of the user's, where it stood when it did.
    if (losesCalls && whole.some((block) => toolCallId(block) !== undefined || step.stopReason === 'pause_turn'))
      return void pieces.push({ role: 'user', content: callsLine(turn, index + 2), turn, from: 'line' })
    if (content.length === 0) return
    const recorded = (nextReply < 0 ? later : later.slice(0, nextReply)).flatMap((results) => results.content)
    // What a later reply was made upon is said alike before and after the turn settles.
    const cut = nextReply < 0 && turn.status !== 'open'
    const why = cut ? `the turn was ${turn.status}` : 'the turn went on without it'
    const given = index < gone.results ? recorded.map((result) => lostResult(result, turn)) : recorded
    const results = resultsFor(content, given, why)
    if (results.length > 0) pieces.push({ role: 'user', content: results, turn, from: 'results' })
  })
}

function appendReply(pieces: Piece[], turn: Turn, content: readonly Block[], left: LeftOut[]): void {
  const last = pieces.at(-1)
  if (last?.role === 'assistant' && content.some(({ type }) => type === 'fallback'))
    for (const [at, piece] of [...pieces.entries()].toReversed()) {
      if (piece.role !== 'assistant') break
      pieces[at] = { ...piece, content: withoutReplaced(turn, toBlocks(piece.content), left) }
    }
  pieces.push({ role: 'assistant', content, turn, from: 'reply' })
}

/** What stands for everything before: the API's own block, or a summary in words. */
function compactionPiece(turn: Turn): Piece {
  const content = turn.steps.flatMap((step) => step.content)
  const block = content.find(({ type }) => type === 'compaction')
  if (block) return { role: 'assistant', content: [block], turn, from: 'compaction' }
  const text = `${summaryPreface}\n\n<summary>\n${plainText(content).trim()}\n</summary>`
  return { role: 'user', content: text, turn, from: 'compaction' }
}

const summaryPreface =
  'This conversation is longer than what you can see of it. What came before was summarised, by you, as follows. Go on from there.'

const hasBlock = (message: Message, type: string) =>
  typeof message.content !== 'string' && message.content.some((block: Block) => block.type === type)

/** The container of the last reply on the path that left one, unless the API has it no more. */
export function containerOf(view: View): string | null {
  const { settled, open } = requestTurns(view)
  const container =
    (open ? [...settled, open] : settled)
      .flatMap((turn) => turn.steps)
      .flatMap((step) => (step.role === 'assistant' && step.container !== undefined ? [step.container] : []))
      .at(-1) ?? null
  return container !== null && view.rejections.setAside.includes(`container:${container}`) ? null : container
}
