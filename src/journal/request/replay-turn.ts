// Replays one turn: makes the messages that it contributes to a request. The result depends on the turn and on what is left out
// of it, never on other turns.
import { isCompacted, isSummary } from '../compaction.ts'
import { type Block, deepFreeze, isThinking, type Message, plainText, toBlocks } from '../content.ts'
import { type StepsKind, stepsLeftOut } from '../rejections/parts.ts'
import type { ReplyStep, Turn } from '../view.ts'
import { wellFormed } from '../well-formed.ts'
import { countBreakpoints } from './cache-breakpoints.ts'
import type { LeftOut } from './left-out.ts'
import { callsLine, emptyLine, lostResult, lostSummary, mediaLine, stepsLine, summaryWords, turnLine } from './lines.ts'
import { countCompactions } from './last-compaction.ts'
import { type Piece, toMessages } from './pieces.ts'
import { replayReply, type Replaying, trailingThinking, withoutReplaced } from './replay-reply.ts'
import { sendableAssistantBlock, sendableInput } from './sendable-blocks.ts'
import { isClientCall, isServerToolUse, readServerTools, type ServerTools } from './server-tools.ts'
import { addSystemWords } from './system-words.ts'
import { resultsFor } from './tool-results.ts'
import { callIdsIn } from './unique-ids.ts'
import { isServerPause } from '../stop-reasons.ts'

/** Which parts of a turn are sent. */
export interface Making {
  /** Index of the first step whose thinking is sent. */
  readonly thinkingFrom: number
  /** Parts of the turn that were set aside after a rejection. */
  readonly setAside: ReadonlySet<string>
  /** The number of first steps whose calls are left out, because the thinking that came with the last of them is. */
  readonly looseCalls: number
  /** Whether the model accepts `role: "system"` messages. */
  readonly systemMessages: boolean
}

/** Sends the whole turn. */
export const whole: Making = { thinkingFrom: 0, setAside: new Set(), looseCalls: 0, systemMessages: true }

/** What one turn contributes to a request. It is kept as long as the turn, so it has no more than requests need. */
export interface TurnReplay {
  /** Its pieces as messages; consecutive ones of one role are joined. */
  readonly messages: readonly Message[]
  readonly left: readonly LeftOut[]
  /** Ids of the calls in the messages. */
  readonly callIds: readonly string[]
  /** Whether a reply has thinking after a call. */
  readonly thinksAfterCalls: boolean
  readonly breakpoints: number
  readonly compactions: number
}

const notTaken = 'the API rejected it'
const loose = 'the thinking that came with them can not be sent'

export function replayTurn(turn: Turn, making: Making): TurnReplay {
  const { pieces, left } = piecesOfTurn(turn, making)
  const joined = toMessages(pieces)
  // Frozen if the turn is settled: many requests and `history` share the messages then.
  const messages = turn.status === 'open' ? joined : deepFreeze(joined)
  return {
    messages,
    left: orNone(left),
    callIds: orNone(callIdsIn(messages)),
    thinksAfterCalls: messages.some(({ content }) => typeof content !== 'string' && hasThinkingAfterCall(content)),
    breakpoints: countBreakpoints(messages),
    compactions: countCompactions(messages),
  }
}

/** The list; if it is empty, the same one for all turns. */
const orNone = <T>(list: readonly T[]): readonly T[] => (list.length > 0 ? list : none)

const none: readonly never[] = []

function hasThinkingAfterCall(content: readonly Block[]): boolean {
  const call = content.findIndex((block) => isClientCall(block) || isServerToolUse(block))
  return call >= 0 && content.findLastIndex(isThinking) > call
}

/** The pieces that a turn contributes to messages. */
export function piecesOfTurn(
  turn: Turn,
  making: Making,
): { readonly pieces: readonly Piece[]; readonly left: LeftOut[] } {
  const { setAside, looseCalls } = making
  const pieces: Piece[] = []
  const left: LeftOut[] = []
  const line = (text: string) => void pieces.push({ role: 'user', content: text, turn, from: 'line' })
  if (turn.status !== 'open' && setAside.has(`turn:${turn.id}`)) {
    line(turnLine(turn))
    left.push({ turnId: turn.id, what: 'turn', why: notTaken })
    return { pieces, left }
  }
  if (turn.kind === 'compaction' && turn.status !== 'open') {
    const isOut = setAside.has(`compaction:${turn.id}`)
    if (isOut) left.push({ turnId: turn.id, what: 'compaction', why: notTaken })
    // Without a summary the turns before it are sent.
    return { pieces: isOut || !isCompacted(turn) ? [] : [compactionPiece(turn)], left }
  }
  const content = inputOf(turn, setAside, left)
  if (content.length > 0) pieces.push({ role: 'user', content, turn, from: 'input' })
  // The API's own compaction is requested without a message.
  else if (turn.kind !== 'compaction' && (turn.steps.length > 0 || turn.system !== undefined)) line(emptyLine)
  const gone = (kind: StepsKind): number => {
    const count = stepsLeftOut(setAside, turn.id, kind)
    if (count > 0) left.push({ turnId: turn.id, what: kind, why: notTaken })
    return count
  }
  const steps = gone('steps')
  if (steps > 0) line(stepsLine(turn, steps))
  const calls = Math.max(gone('calls'), looseCalls)
  if (looseCalls > 0) left.push({ turnId: turn.id, what: 'calls', why: loose })
  appendSteps(pieces, turn, { ...making, left, gone: { steps, calls, results: gone('results') } })
  addSystemWords(pieces, turn, { takesThem: making.systemMessages, left })
  return { pieces, left }
}

function inputOf(turn: Turn, setAside: ReadonlySet<string>, left: LeftOut[]): Turn['input'] {
  const input = sendableInput(turn.input)
  if (typeof input === 'string' || !setAside.has(`media:${turn.id}`)) return input
  left.push({ turnId: turn.id, what: 'media', why: notTaken })
  return input.map((block) => (block.type === 'text' ? block : mediaLine(block)))
}

interface MakingSteps extends Making {
  readonly left: LeftOut[]
  /** For each kind, the number of first steps that it is left out of. */
  readonly gone: Readonly<Record<StepsKind, number>>
}

function appendSteps(pieces: Piece[], turn: Turn, { thinkingFrom, left, gone }: MakingSteps): void {
  const server = serverToolsOf(turn, gone)
  turn.steps.forEach((step, index) => {
    // Results are added with the reply that asked for them.
    if (step.role === 'user' || index < gone.steps) return
    const losesCalls = index < gone.calls
    const last = pieces.at(-1)
    const replaying: Replaying = {
      turn,
      server,
      withThinking: index >= thinkingFrom,
      losesCalls,
      before: last?.role === 'assistant' ? toBlocks(last.content).at(-1) : undefined,
      left,
    }
    const content = replayReply(step, replaying)
    if (content.length > 0) appendReply(pieces, replaying, content)
    // The line is a user's message, so that the next reply follows one, as it did when it was made.
    if (losesCalls && turnContinued(step)) {
      closeMessage(pieces, turn, left)
      return void pieces.push({ role: 'user', content: callsLine(turn, index + 2), turn, from: 'line' })
    }
    if (content.length === 0) return
    const results = resultsOfReply(turn, index, content, gone)
    if (results.length > 0) pieces.push({ role: 'user', content: results, turn, from: 'results' })
  })
  if (turn.status !== 'open') closeMessage(pieces, turn, left)
}

/** The server tools in the steps that are sent. Uses in steps that are left out can't be answered. */
function serverToolsOf(turn: Turn, gone: MakingSteps['gone']): ServerTools {
  const replies = turn.steps.flatMap((step, index): readonly ReplyStep[] => {
    if (step.role === 'user' || index < gone.steps) return []
    return [index < gone.calls ? { ...step, content: step.content.filter(({ type }) => type === 'text') } : step]
  })
  return readServerTools(turn, replies)
}

/** Whether the turn continued after this reply: it called a client tool, or the server paused it. */
function turnContinued({ content, stopReason }: ReplyStep): boolean {
  const lastFallback = content.findLastIndex(({ type }) => type === 'fallback')
  return content.slice(lastFallback + 1).some(isClientCall) || (isServerPause(stopReason) && content.length > 0)
}

function resultsOfReply(
  turn: Turn,
  index: number,
  content: readonly Block[],
  gone: MakingSteps['gone'],
): readonly Block[] {
  const later = turn.steps.slice(index + 1)
  const nextReply = later.findIndex(({ role }) => role === 'assistant')
  const recorded = (nextReply < 0 ? later : later.slice(0, nextReply)).flatMap((results) => results.content)
  // Only after the last reply, so that the text before a later reply is the same before and after the turn settles.
  const cut = nextReply < 0 && turn.status !== 'open'
  const why = cut ? `the turn was ${turn.status}` : 'the turn went on without it'
  const given = index < gone.results ? recorded.map((result) => lostResult(result, turn)) : recorded
  return resultsFor(content, given, why)
}

function appendReply(pieces: Piece[], replaying: Replaying, content: readonly Block[]): void {
  if (content.some(({ type }) => type === 'fallback'))
    changeMessage(pieces, (before) => withoutReplaced(replaying, before))
  pieces.push({ role: 'assistant', content, turn: replaying.turn, from: 'reply' })
}

/** Applies `change` to the replies of the last message, from the last to the first. */
function changeMessage(pieces: Piece[], change: (content: readonly Block[]) => readonly Block[]): void {
  for (const [at, piece] of [...pieces.entries()].toReversed()) {
    if (piece.role !== 'assistant') break
    const content = change(toBlocks(piece.content))
    if (content.length > 0) pieces[at] = { ...piece, content }
    else pieces.splice(at, 1)
  }
}

/** Removes thinking from the end of the last message, because nothing follows it. */
function closeMessage(pieces: Piece[], turn: Turn, left: LeftOut[]): void {
  let isClosed = false
  changeMessage(pieces, (content) => {
    const end = isClosed ? content.length - 1 : content.findLastIndex((block) => !isThinking(block))
    isClosed ||= end >= 0
    for (const _ of content.slice(end + 1)) left.push(trailingThinking(turn))
    return content.slice(0, end + 1)
  })
}

/** The piece that replaces everything before: the API's compaction block, or a summary in words. */
function compactionPiece(turn: Turn): Piece {
  const content = turn.steps.flatMap((step) => step.content)
  const block = content.find(isSummary)
  if (block) return { role: 'assistant', content: [sendableAssistantBlock(block)], turn, from: 'compaction' }
  const summary = wellFormed(plainText(content).trim())
  return { role: 'user', content: summary === '' ? lostSummary : summaryWords(summary), turn, from: 'compaction' }
}
